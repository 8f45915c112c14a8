"""The picture in services/attempts.py, arrow by arrow, and all the arrows that are not in it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from conftest import PAST, at_once, uuid7
from django.db import connection, connections, transaction

from orders.models import Attempt, Event, Order, OrderLine
from orders.services import attempts
from orders.services.attempts import Claim

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def attempt(db):
    """`attempt("aborting", lease_until=PAST)`"""

    def make(state: str = "started", lease_until: datetime = SOON, **facts) -> Attempt:
        answer = (
            {"answer": "{}", "answer_status": 409 if state == "refused" else 201}
            if state in ("completed", "refused")
            else {}
        )
        facts = {
            "user_id": uuid4(),
            "idempotency_key": "k",
            "fingerprint": "f",
            "order_id": uuid7(datetime.now(UTC)),
        } | facts
        return Attempt.objects.create(state=state, lease_until=lease_until, **answer, **facts)

    return make


def claim_of(attempt) -> Claim:
    return Claim(attempt.pk, attempt.order_id)


def order_of(claim: Claim) -> Order:
    now = claim.moment
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


def complete(claim: Claim) -> bool:
    return attempts.complete(claim, order_of(claim), b'{"a": 1}')


CHANGES = {
    "claim": lambda seen: attempts.claim(seen.user_id, "k", "f") is not None,
    "complete": lambda seen: complete(claim_of(seen)),
    "refuse": lambda seen: attempts.refuse(claim_of(seen), 409, b'{"a": 1}'),
    "abort": lambda seen: attempts.abort(claim_of(seen)),
    "abort_done": lambda seen: attempts.abort_done(claim_of(seen)),
    "expire": lambda seen: bool(attempts.expire()),
}
DRAWN = {
    ("aborted", "claim"): "started",
    ("started", "complete"): "completed",
    ("started", "refuse"): "refused",
    ("started", "abort"): "aborting",
    ("started", "expire"): "aborting",
    ("aborting", "abort_done"): "aborted",
}


@pytest.mark.parametrize("state", Attempt.State.values)
@pytest.mark.parametrize("change", CHANGES)
def test_only_the_drawn_changes_succeed(attempt, state, change):
    seen = attempt(state, lease_until=PAST)
    before = Attempt.objects.filter(pk=seen.pk).values().get()

    assert CHANGES[change](seen) is ((state, change) in DRAWN)

    after = Attempt.objects.filter(pk=seen.pk).values().get()
    assert after["state"] == DRAWN.get((state, change), state)
    assert (after == before) is ((state, change) not in DRAWN)
    assert (
        Order.objects.count()
        == Event.objects.count()
        == OrderLine.objects.count()
        == (after["state"] == "completed" != state)
    )


@pytest.mark.parametrize("state", Attempt.State.values)
@pytest.mark.parametrize("change", ["complete", "refuse", "abort", "abort_done"])
def test_nobody_changes_an_attempt_that_has_gone_on_to_another_order_id(attempt, state, change):
    seen = attempt(state)
    Attempt.objects.filter(pk=seen.pk).update(order_id=uuid4())
    before = Attempt.objects.filter(pk=seen.pk).values().get()

    assert CHANGES[change](seen) is False

    assert Attempt.objects.filter(pk=seen.pk).values().get() == before
    assert not Order.objects.exists()


@pytest.mark.parametrize("change", ["complete", "refuse", "abort", "abort_done"])
def test_an_attempt_that_was_forgotten_cannot_be_changed(db, change):
    assert CHANGES[change](Attempt(id=uuid4(), order_id=uuid7(PAST))) is False
    assert not Order.objects.exists()


def test_a_claim_makes_an_attempt_with_an_order_id_a_number_and_a_lease(db):
    user_id = uuid4()

    claim = attempts.claim(user_id, "k", "f")

    made = Attempt.objects.get()
    assert (made.pk, made.order_id) == (claim.attempt_id, claim.order_id)
    assert (made.user_id, made.idempotency_key, made.fingerprint, made.state) == (
        user_id,
        "k",
        "f",
        "started",
    )
    assert (made.answer, made.answer_status) == (None, None)
    lease = timedelta(seconds=attempts.LEASE_SECONDS)
    assert abs(made.lease_until - made.created_at - lease) < timedelta(seconds=1)
    assert claim.order_id.version == 7
    assert abs(claim.moment - made.created_at) < timedelta(milliseconds=2)


def test_without_a_key_each_claim_is_one_of_its_own(db):
    user_id = uuid4()

    claims = [attempts.claim(user_id, None, "f") for _ in range(3)]

    assert (
        len({claim.order_id for claim in claims})
        == len({claim.number for claim in claims})
        == Attempt.objects.count()
        == 3
    )


def test_an_aborted_attempt_starts_over_with_everything_new(attempt):
    seen = attempt("aborted", lease_until=PAST, created_at=PAST)

    claim = attempts.claim(seen.user_id, "k", "f")

    now = Attempt.objects.get()
    assert (now.pk, now.state, now.order_id) == (seen.pk, "started", claim.order_id)
    assert claim.order_id != seen.order_id
    assert now.lease_until > now.created_at > PAST


def test_an_aborted_attempt_does_not_start_over_for_another_request(attempt):
    seen = attempt("aborted")

    assert attempts.claim(seen.user_id, "k", "another") is None
    assert Attempt.objects.get().state == "aborted"


@pytest.mark.parametrize("longest", ["k" * 255, " ", "~" * 255, "'; DROP TABLE attempt; --", "%s"])
def test_any_key_of_255_characters_is_one_key(db, longest):
    user_id = uuid4()

    assert attempts.claim(user_id, longest, "f")
    assert attempts.claim(user_id, longest, "f") is None
    assert attempts.of(user_id, longest).idempotency_key == longest


def test_a_lease_that_is_not_over_is_left_alone(attempt):
    attempt("started")
    attempt("aborting")

    assert attempts.expire() == 0
    assert attempts.take_aborting(10) == []


def test_aborting_attempts_are_taken_with_a_lease_the_longest_waiting_first(attempt):
    late, early = attempt("aborting", PAST + timedelta(days=1)), attempt("aborting", PAST)
    for state in ("started", "completed", "refused", "aborted"):
        attempt(state, PAST)

    assert attempts.take_aborting(1) == [claim_of(early)]
    assert attempts.take_aborting(1) == [claim_of(late)]
    assert attempts.take_aborting(1) == []
    assert set(Attempt.objects.filter(state="aborting").values_list("order_id", flat=True)) == {
        early.order_id,
        late.order_id,
    }


def test_an_answer_is_kept_word_for_word(db):
    claim = attempts.claim(uuid4(), "k", "f")
    words = '{"name": "Stuhl \\"Größe 2\\" %s \\\\ 💡", "z": 1, "a": 2}'

    assert attempts.refuse(claim, 422, words.encode())

    assert Attempt.objects.values_list("answer_status", "answer").get() == (422, words)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_fifty_who_claim_one_key_one_gets_it(self):
        user_id = uuid4()

        claims = at_once(*[lambda: attempts.claim(user_id, "k", "f")] * 50)

        assert not [claim for claim in claims if isinstance(claim, Exception)]
        won = [claim for claim in claims if claim]
        assert [claim.order_id for claim in won] == [Attempt.objects.get().order_id]

    def test_of_many_who_start_an_aborted_one_over_one_gets_it(self, attempt):
        seen = attempt("aborted")

        claims = at_once(*[lambda: attempts.claim(seen.user_id, "k", "f")] * 20)

        assert not [claim for claim in claims if isinstance(claim, Exception)]
        won = [claim for claim in claims if claim]
        assert [claim.order_id for claim in won] == [Attempt.objects.get().order_id]

    def test_either_the_request_or_the_worker_gets_an_attempt_whose_lease_is_over(self, attempt):
        for _ in range(15):
            seen = attempt("started", PAST, user_id=uuid4())

            completed, expired = at_once(
                lambda seen=seen: complete(claim_of(seen)), attempts.expire
            )

            assert (completed, expired) in {(True, 0), (False, 1)}
            assert Attempt.objects.get(pk=seen.pk).state == (
                "completed" if completed else "aborting"
            )
            assert Order.objects.filter(pk=seen.order_id).exists() is completed

    def test_many_workers_take_each_attempt_once(self, attempt):
        wanted = {attempt("aborting", PAST).order_id for _ in range(40)}

        taken = at_once(*[lambda: attempts.take_aborting(5)] * 8)

        order_ids = [claim.order_id for claims in taken for claim in claims]
        assert len(order_ids) == len(set(order_ids))
        assert set(order_ids) | {claim.order_id for claim in attempts.take_aborting(40)} == wanted

    def test_a_worker_does_not_wait_for_what_another_one_is_taking(self, attempt):
        first, second = attempt("aborting", PAST), attempt("aborting", PAST + timedelta(days=1))

        with transaction.atomic():
            assert attempts.take_aborting(1) == [claim_of(first)]
            [taken] = at_once(lambda: attempts.take_aborting(10))

        assert taken == [claim_of(second)]


def test_each_change_is_one_statement(attempt, django_assert_num_queries):
    for change, work in CHANGES.items():
        seen = attempt(next(state for state, drawn in DRAWN if drawn == change), PAST)
        with django_assert_num_queries(1, connection=connections["default"]):
            assert work(seen), change
    assert connection.in_atomic_block  # pytest's own, and no other
