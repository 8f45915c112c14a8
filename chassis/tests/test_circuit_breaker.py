import pytest

from chassis import circuit_breaker
from chassis.circuit_breaker import RECOVERY_TIMEOUT, RESET_TIMEOUT, THRESHOLD, CircuitBreaker
from chassis.tests.concurrency import run_concurrently


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(circuit_breaker, "time", made)
    return made


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("upstream")


@pytest.fixture
def opened(breaker):
    for _ in range(THRESHOLD):
        breaker.record_failure()
    return breaker


def test_it_is_closed_at_first(breaker):
    assert [breaker.allow_request() for _ in range(100)] == [True] * 100


def test_one_failure_less_than_the_threshold_leaves_it_closed(breaker):
    for _ in range(THRESHOLD - 1):
        breaker.record_failure()
    assert breaker.allow_request()


def test_failures_that_are_not_in_a_row_leave_it_closed(breaker):
    for _ in range(10):
        for _ in range(THRESHOLD - 1):
            breaker.record_failure()
        breaker.record_success()
    assert breaker.allow_request()


def test_it_opens_at_the_threshold(opened, clock):
    clock.now += RECOVERY_TIMEOUT - 0.01
    assert not opened.allow_request()


def test_one_probe_is_allowed_per_recovery_timeout(opened, clock):
    clock.now += RECOVERY_TIMEOUT
    assert [opened.allow_request() for _ in range(3)] == [True, False, False]
    clock.now += RECOVERY_TIMEOUT
    assert [opened.allow_request() for _ in range(3)] == [True, False, False]


def test_a_late_failure_of_a_probe_does_not_open_the_circuit_again(opened, clock):
    clock.now += RECOVERY_TIMEOUT
    assert opened.allow_request()  # a probe that hangs
    clock.now += RECOVERY_TIMEOUT
    assert opened.allow_request()
    opened.record_success()
    opened.record_failure()  # the first probe times out
    assert [opened.allow_request() for _ in range(3)] == [True, True, True]


def test_a_probe_that_hangs_does_not_block_the_next_probe(opened, clock):
    for _ in range(3):
        clock.now += RECOVERY_TIMEOUT
        assert [opened.allow_request() for _ in range(3)] == [True, False, False]
    clock.now += RESET_TIMEOUT
    assert [opened.allow_request() for _ in range(3)] == [True, True, True]


def test_a_call_that_succeeds_closes_it(opened, clock):
    clock.now += RECOVERY_TIMEOUT
    assert opened.allow_request()
    opened.record_success()
    assert [opened.allow_request() for _ in range(3)] == [True, True, True]
    opened.record_failure()
    assert opened.allow_request()


def test_a_failed_probe_opens_it_for_another_recovery_timeout(opened, clock):
    clock.now += RECOVERY_TIMEOUT
    assert opened.allow_request()
    clock.now += 0.5
    opened.record_failure()
    clock.now += RECOVERY_TIMEOUT - 0.01
    assert not opened.allow_request()
    clock.now += 0.01
    assert opened.allow_request()


def test_it_closes_at_the_reset_timeout(opened, clock, caplog):
    clock.now += RESET_TIMEOUT
    assert [opened.allow_request() for _ in range(32)] == [True] * 32
    assert [record.getMessage() for record in caplog.records][-1:] == ["circuit to upstream closed"]
    for _ in range(THRESHOLD):
        assert opened.allow_request()
        opened.record_failure()
    assert not opened.allow_request()


def test_it_stays_open_during_an_outage_under_load(opened, clock):
    for _ in range(20):
        clock.now += RECOVERY_TIMEOUT
        assert [opened.allow_request() for _ in range(3)] == [True, False, False]
        opened.record_failure()


def test_one_of_many_threads_may_probe(opened, clock):
    clock.now += RECOVERY_TIMEOUT
    assert sum(run_concurrently(*[opened.allow_request] * 32, connect=False)) == 1


def test_failures_of_many_threads_are_all_counted(breaker, caplog):
    run_concurrently(*[breaker.record_failure] * THRESHOLD, connect=False)
    assert not breaker.allow_request()
    assert [record.getMessage() for record in caplog.records] == ["circuit to upstream open"]


def test_opening_and_closing_are_logged_once_each(opened, caplog):
    opened.record_failure()
    opened.record_success()
    opened.record_success()
    assert [record.getMessage() for record in caplog.records][-1:] == ["circuit to upstream closed"]
