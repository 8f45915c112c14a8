"""The state machine of services/order_attempts: every allowed and every other change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from factories import PAST, create_attempt, uuid7

from chassis.tests.concurrency import run_concurrently
from orders.models import Attempt, Event, Order, OrderLine
from orders.services import order_attempts
from orders.services.order_attempts import AttemptLease

pytestmark = pytest.mark.django_db

SOON = datetime.now(UTC) + timedelta(hours=1)


def attempt(state: str = "started", lease_until: datetime = SOON, **fields) -> Attempt:
    return create_attempt(state, lease_until=lease_until, **fields)


def lease_of(attempt) -> AttemptLease:
    return AttemptLease(attempt.pk, attempt.order_id)


def order_of(claim: AttemptLease) -> Order:
    now = claim.created_at
    order = Order(
        id=claim.order_id,
        number=claim.number,
        status="confirmed",
        total=Decimal("0.20"),
        currency="USD",
        created_at=now,
    )
    line = {
        "product_id": uuid4(),
        "sku": "S",
        "name": "N",
        "unit_price": Decimal("0.10"),
        "quantity": 2,
    }
    order.items = [OrderLine(order_id=order.pk, position=1, line_total=Decimal("0.20"), **line)]
    return order


def complete(claim: AttemptLease) -> bool:
    return order_attempts.complete(claim, order_of(claim), b'{"a": 1}')


CHANGES = {
    "claim": lambda attempt_row: order_attempts.claim(attempt_row.user_id, "k", "f") is not None,
    "complete": lambda attempt_row: complete(lease_of(attempt_row)),
    "reject": lambda attempt_row: order_attempts.reject(lease_of(attempt_row), 409, b'{"a": 1}'),
    "abort": lambda attempt_row: order_attempts.abort(lease_of(attempt_row)),
    "mark_aborted": lambda attempt_row: order_attempts.mark_aborted(lease_of(attempt_row)),
    "expire": lambda attempt_row: bool(order_attempts.expire()),
}
ALLOWED = {
    ("aborted", "claim"): "started",
    ("started", "complete"): "completed",
    ("started", "reject"): "rejected",
    ("started", "abort"): "aborting",
    ("started", "expire"): "aborting",
    ("aborting", "mark_aborted"): "aborted",
}


@pytest.mark.parametrize("state", Attempt.State.values)
@pytest.mark.parametrize("change", CHANGES)
def test_only_allowed_state_changes_succeed(state, change):
    attempt_row = attempt(state, lease_until=PAST)
    before = Attempt.objects.filter(pk=attempt_row.pk).values().get()

    assert CHANGES[change](attempt_row) is ((state, change) in ALLOWED)

    after = Attempt.objects.filter(pk=attempt_row.pk).values().get()
    assert after["state"] == ALLOWED.get((state, change), state)
    assert (after == before) is ((state, change) not in ALLOWED)
    assert (
        Order.objects.count()
        == Event.objects.count()
        == OrderLine.objects.count()
        == (after["state"] == "completed" != state)
    )


@pytest.mark.parametrize("state", Attempt.State.values)
@pytest.mark.parametrize("change", ["complete", "reject", "abort", "mark_aborted"])
def test_lease_with_an_old_order_id_changes_nothing(state, change):
    attempt_row = attempt(state)
    Attempt.objects.filter(pk=attempt_row.pk).update(order_id=uuid4())
    before = Attempt.objects.filter(pk=attempt_row.pk).values().get()

    assert CHANGES[change](attempt_row) is False

    assert Attempt.objects.filter(pk=attempt_row.pk).values().get() == before
    assert not Order.objects.exists()


@pytest.mark.parametrize("change", ["complete", "reject", "abort", "mark_aborted"])
def test_purged_attempt_cannot_be_changed(db, change):
    assert CHANGES[change](Attempt(id=uuid4(), order_id=uuid7(PAST))) is False
    assert not Order.objects.exists()


def test_claim_creates_an_attempt_with_a_lease(db):
    user_id = uuid4()

    claim = order_attempts.claim(user_id, "k", "f")

    made = Attempt.objects.get()
    assert (made.pk, made.order_id) == (claim.attempt_id, claim.order_id)
    assert (made.user_id, made.idempotency_key, made.fingerprint, made.state) == (
        user_id,
        "k",
        "f",
        "started",
    )
    assert (made.response_body, made.response_status) == (None, None)
    lease = timedelta(seconds=order_attempts.REQUEST_LEASE)
    assert abs(made.lease_until - made.created_at - lease) < timedelta(seconds=1)
    assert claim.order_id.version == 7
    assert abs(claim.created_at - made.created_at) < timedelta(milliseconds=2)


def test_claims_without_a_key_are_separate_attempts(db):
    user_id = uuid4()

    claims = [order_attempts.claim(user_id, None, "f") for _ in range(3)]

    assert (
        len({claim.order_id for claim in claims})
        == len({claim.number for claim in claims})
        == Attempt.objects.count()
        == 3
    )


def test_aborted_attempt_restarts_with_a_new_order_id():
    attempt_row = attempt("aborted", lease_until=PAST, created_at=PAST)

    claim = order_attempts.claim(attempt_row.user_id, "k", "f")

    now = Attempt.objects.get()
    assert (now.pk, now.state, now.order_id) == (attempt_row.pk, "started", claim.order_id)
    assert claim.order_id != attempt_row.order_id
    assert now.lease_until > now.created_at > PAST


def test_aborted_attempt_does_not_restart_for_another_fingerprint():
    attempt_row = attempt("aborted")

    assert order_attempts.claim(attempt_row.user_id, "k", "another") is None
    assert Attempt.objects.get().state == "aborted"


@pytest.mark.parametrize("longest", ["k" * 255, " ", "~" * 255, "'; DROP TABLE attempt; --", "%s"])
def test_key_may_have_255_characters(db, longest):
    user_id = uuid4()

    assert order_attempts.claim(user_id, longest, "f")
    assert order_attempts.claim(user_id, longest, "f") is None
    assert order_attempts.get(user_id, longest).idempotency_key == longest


def test_unexpired_lease_is_not_taken():
    attempt("started")
    attempt("aborting")

    assert order_attempts.expire() == 0
    assert order_attempts.lease_aborting(10) == []


def test_aborting_attempts_are_leased_oldest_first():
    late, early = attempt("aborting", PAST + timedelta(days=1)), attempt("aborting", PAST)
    for state in ("started", "completed", "rejected", "aborted"):
        attempt(state, PAST)

    assert order_attempts.lease_aborting(1) == [lease_of(early)]
    assert order_attempts.lease_aborting(1) == [lease_of(late)]
    assert order_attempts.lease_aborting(1) == []
    assert set(Attempt.objects.filter(state="aborting").values_list("order_id", flat=True)) == {
        early.order_id,
        late.order_id,
    }


def test_response_is_stored_verbatim(db):
    claim = order_attempts.claim(uuid4(), "k", "f")
    body = '{"name": "Stuhl \\"Größe 2\\" %s \\\\ 💡", "z": 1, "a": 2}'

    assert order_attempts.reject(claim, 422, body.encode())

    assert Attempt.objects.values_list("response_status", "response_body").get() == (422, body)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_fifty_concurrent_claims_of_one_key_have_one_winner(self):
        user_id = uuid4()

        claims = run_concurrently(*[lambda: order_attempts.claim(user_id, "k", "f")] * 50)

        assert not [claim for claim in claims if isinstance(claim, Exception)]
        won = [claim for claim in claims if claim]
        assert [claim.order_id for claim in won] == [Attempt.objects.get().order_id]

    def test_concurrent_restarts_have_one_winner(self):
        attempt_row = attempt("aborted")

        claims = run_concurrently(
            *[lambda: order_attempts.claim(attempt_row.user_id, "k", "f")] * 20
        )

        assert not [claim for claim in claims if isinstance(claim, Exception)]
        won = [claim for claim in claims if claim]
        assert [claim.order_id for claim in won] == [Attempt.objects.get().order_id]

    def test_expired_lease_goes_to_the_request_or_to_the_worker(self):
        for _ in range(15):
            attempt_row = attempt("started", PAST, user_id=uuid4())

            completed, expired = run_concurrently(
                lambda attempt_row=attempt_row: complete(lease_of(attempt_row)),
                order_attempts.expire,
            )

            assert (completed, expired) in {(True, 0), (False, 1)}
            assert Attempt.objects.get(pk=attempt_row.pk).state == (
                "completed" if completed else "aborting"
            )
            assert Order.objects.filter(pk=attempt_row.order_id).exists() is completed

    def test_concurrent_workers_lease_each_attempt_once(self):
        wanted = {attempt("aborting", PAST).order_id for _ in range(40)}

        taken = run_concurrently(*[lambda: order_attempts.lease_aborting(5)] * 8)

        order_ids = [claim.order_id for claims in taken for claim in claims]
        assert len(order_ids) == len(set(order_ids))
        assert (
            set(order_ids) | {claim.order_id for claim in order_attempts.lease_aborting(40)}
            == wanted
        )

    def test_worker_skips_locked_attempts(self):
        first, second = attempt("aborting", PAST), attempt("aborting", PAST + timedelta(days=1))

        with transaction.atomic():
            assert order_attempts.lease_aborting(1) == [lease_of(first)]
            [taken] = run_concurrently(lambda: order_attempts.lease_aborting(10))

        assert taken == [lease_of(second)]


def test_each_state_change_is_one_statement(django_assert_num_queries):
    for change, work in CHANGES.items():
        attempt_row = attempt(next(state for state, allowed in ALLOWED if allowed == change), PAST)
        with django_assert_num_queries(1, connection=connections["default"]):
            assert work(attempt_row), change
    assert connection.in_atomic_block  # the transaction of the test
