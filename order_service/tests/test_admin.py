"""What staff see and do in the admin."""

from uuid import UUID

import pytest
from conftest import worker_catches_up

from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.desk import Desk, assert_all_is_well_with, assert_lists_use_indexes, at_the_desk, words
from orders.models import Attempt, ClosedAccount, Event, Note, Order, StockTask

ORDERS = "/admin/orders/order/"
SECRETS = ("the-fingerprint-of-it", "the-answer-of-it", "the-key-of-it")


@pytest.fixture
def desk(db, monkeypatch):
    return at_the_desk(monkeypatch)


@pytest.fixture
def placed(shop, buyer):
    """An order that went the usual way. (Ask for it before `desk`, where another key signs the tokens.)"""
    answer = buyer.order({shop.sells("LAMP"): 2})
    return Order.objects.get(pk=answer.json()["id"])


def of(order, deed="change"):
    return f"{ORDERS}{order.pk}/{deed}/"


def attempt():
    facts = {"idempotency_key": SECRETS[2], "fingerprint": SECRETS[0], "answer": SECRETS[1], "answer_status": 409}
    zero = UUID(int=0)
    return Attempt.objects.create(user_id=zero, order_id=zero, state="refused", lease_until="2020-01-01T00:00Z", **facts)


def test_the_user_service_is_asked_and_that_it_is_away_is_told(db):
    assert "out of reach" in words(Desk().sign_in())


def test_a_customer_is_refused(desk):
    ScriptedIssuer.role = "customer"
    assert "This account is not one of the staff's." in words(Desk().sign_in())


def test_all_is_well_with_every_page(desk, order):
    made = order(shipping_address={"name": "Ada", "line1": "1 Example Street"})
    event = Event.objects.create(order=made, type="placed", actor=made.user_id)
    task = StockTask.objects.create(order=made, verb="release", due_at="2020-01-01T00:00Z")
    closed = ClosedAccount.objects.create(user_id=made.user_id, closed_at="2020-01-01T00:00Z")
    rows = {Order: made, Event: event, StockTask: task, Attempt: attempt(), ClosedAccount: closed}
    assert_all_is_well_with(desk, rows, SECRETS)


def test_no_form_asks_for_a_state(desk, order):
    made = order()
    for deed in ("ship", "deliver", "cancel"):
        assert b'name="status"' not in desk.get(of(made, deed)).content


def test_no_list_reads_a_whole_table(desk, order):
    order()
    assert_lists_use_indexes(desk, StockTask)


def test_an_order_is_found_by_its_number_its_id_and_its_buyer(desk, order):
    made = order()
    order()
    for term in (made.number, made.pk, made.user_id):
        assert "1 order" in words(desk.get(f"{ORDERS}?q={term}"))
    order(status="shipped")
    assert "1 order" in words(desk.get(f"{ORDERS}?status__exact=shipped"))


def test_the_page_of_an_order_shows_all_there_is_to_know(placed, desk):
    text = words(desk.get(of(placed)))
    for shown in (placed.number, "39.98", "LAMP", "Placed", str(placed.user_id)):
        assert shown in text


def test_an_order_is_shipped_and_delivered_in_the_name_of_who_is_signed_in(shop, placed, desk):
    assert "Deliver" not in words(desk.get(of(placed)))
    assert "Ship: done." in words(desk.do(of(placed, "ship")))
    assert "Deliver: done." in words(desk.do(of(placed, "deliver")))
    placed.refresh_from_db()
    assert placed.status == "delivered"
    told = list(Event.objects.filter(order=placed).order_by("pk").values_list("type", "actor"))
    boss = UUID(ScriptedIssuer.user_id)
    assert told == [("placed", placed.user_id), ("shipped", boss), ("delivered", boss)]
    shop.check()


def test_a_cancelled_order_gives_its_stock_back_even_if_inventory_is_away(shop, placed, desk):
    shop.inventory.close()
    shop.opens_again()
    assert "Cancel: done." in words(desk.do(of(placed, "cancel")))
    placed.refresh_from_db()
    assert placed.status == "cancelled"
    assert "Inventory has yet to be told" in words(desk.get(of(placed)))


def test_a_cancelled_order_gives_its_stock_back(shop, placed, desk):
    desk.do(of(placed, "cancel"))
    worker_catches_up()
    shop.check()


@pytest.mark.parametrize(("status", "deed"), [("shipped", "cancel"), ("delivered", "ship"), ("confirmed", "deliver")])
def test_what_cannot_be_done_is_told_and_nothing_changes(desk, order, status, deed):
    made = order(status=status)
    text = words(desk.do(of(made, deed)))
    assert "Nothing was done." in text
    assert f"The order is {status}" in text
    made.refresh_from_db()
    assert made.status == status
    assert not Event.objects.exists()


def test_a_note_is_kept_with_its_author(desk, order):
    made = order()
    assert "Add a note: done." in words(desk.do(of(made, "note"), text="Leave it with the neighbour."))
    assert "Leave it with the neighbour." in words(desk.get(of(made)))
    assert Note.objects.get().author == UUID(ScriptedIssuer.user_id)


def test_several_orders_are_delivered_at_once_and_those_that_cannot_be_are_told(desk, order):
    rows = [order(status="shipped"), order(status="shipped"), order(status="cancelled")]
    desk.get(ORDERS)
    answer = desk.post(ORDERS, {"action": "deliver", "index": "0", "_selected_action": [str(row.pk) for row in rows]})
    text = words(desk.get(answer["Location"]))
    assert "Deliver: done for 2." in text
    assert f"Order {rows[2].number}: The order is cancelled" in text
    assert sorted(Order.objects.values_list("status", flat=True)) == ["cancelled", "delivered", "delivered"]


def test_attempts_that_are_not_finished_are_found(desk):
    attempt()
    assert "1 attempt" in words(desk.get("/admin/orders/attempt/"))
    assert "0 attempts" in words(desk.get("/admin/orders/attempt/?which=unfinished"))
