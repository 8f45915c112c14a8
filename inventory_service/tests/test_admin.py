"""What staff see and do in the admin."""

from uuid import uuid4

import pytest

from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.desk import Desk, assert_all_is_well_with, assert_lists_use_indexes, at_the_desk, fields, words
from inventory import services
from inventory.models import Movement, Reservation, Stock

STOCK = "/admin/inventory/stock/"


@pytest.fixture
def desk(db, monkeypatch):
    return at_the_desk(monkeypatch)


def of(row, deed="change"):
    return f"{STOCK}{row.pk}/{deed}/"


def test_the_user_service_is_asked_and_that_it_is_away_is_told(db):
    assert "out of reach" in words(Desk().sign_in())


def test_a_customer_is_refused(desk):
    ScriptedIssuer.role = "customer"
    assert "This account is not one of the staff's." in words(Desk().sign_in())


def test_all_is_well_with_every_page(desk, stock, reserved):
    lamp = stock("LAMP", quantity=10)
    reservation = Reservation.objects.get(pk=reserved(lamp, 3))
    rows = {Stock: lamp, Movement: Movement.objects.earliest("pk"), Reservation: reservation}
    assert_all_is_well_with(desk, rows)


def test_no_list_reads_a_whole_table(desk, stock):
    stock()
    assert_lists_use_indexes(desk)


def test_units_are_asked_for_by_receipts_and_corrections_only_and_a_state_by_nobody(desk, stock):
    lamp = stock()
    asked = {deed: fields(desk.get(of(lamp, deed))) for deed in ("receive-more", "adjust", "threshold")}
    assert asked == {
        "receive-more": {"quantity", "note"},
        "adjust": {"delta", "reason"},
        "threshold": {"low_stock_threshold"},
    }
    assert fields(desk.get(f"{STOCK}receive/")) == {"product_id", "quantity", "note"}


def test_stock_shows_its_latest_movements_and_who_made_them(desk, stock, reserved):
    lamp = stock("LAMP", quantity=10, low_stock_threshold=8)
    reserved(lamp, 3)
    text = words(desk.get(of(lamp)))
    for shown in ("Quantity 7", "Reserved 3", "Reservation", "order service", "Receipt"):
        assert shown in text


def test_the_first_receipt_of_a_product_begins_its_stock_in_the_name_of_who_is_signed_in(desk, stock):
    product_id = uuid4()
    text = words(desk.do(f"{STOCK}receive/", product_id=str(product_id), quantity="10", note="First delivery"))
    assert "Receive stock: done." in text
    assert Stock.objects.get(pk=product_id).quantity == 10
    row = Movement.objects.get(product_id=product_id)
    assert (row.kind, row.delta, row.note, row.actor) == ("receipt", 10, "First delivery", ScriptedIssuer.user_id)


def test_more_is_received_and_counted_in_the_ledger(desk, stock):
    lamp = stock("LAMP", quantity=10)
    assert "Receive more: done." in words(desk.do(of(lamp, "receive-more"), quantity="5", note="Second delivery"))
    assert stock.units(lamp) == (15, 0)
    assert Movement.objects.latest("pk").actor == ScriptedIssuer.user_id


def test_a_correction_is_a_row_in_the_ledger(desk, stock):
    lamp = stock("LAMP", quantity=10)
    assert "Adjust: done." in words(desk.do(of(lamp, "adjust"), delta="-2", reason="Broken"))
    row = Movement.objects.latest("pk")
    assert (row.kind, row.delta, row.note, row.actor) == ("adjustment", -2, "Broken", ScriptedIssuer.user_id)
    assert stock.units(lamp) == (8, 0)


def test_more_than_there_is_cannot_be_taken_away_and_the_page_says_how_much_there_is(desk, stock):
    lamp = stock("LAMP", quantity=1)
    text = words(desk.do(of(lamp, "adjust"), delta="-2", reason="Broken"))
    assert "Nothing was done." in text
    assert f"product id {lamp.pk}, requested 2, available 1" in text
    assert stock.units(lamp) == (1, 0)


@pytest.mark.parametrize("form", [{}, {"delta": "0", "reason": "x"}, {"delta": "1"}, {"delta": "9" * 30, "reason": "x"}])
def test_the_rules_are_those_of_the_api(desk, stock, form):
    lamp = stock("LAMP", quantity=1)
    assert "Nothing was done." in words(desk.do(of(lamp, "adjust"), **form))
    assert stock.units(lamp) == (1, 0)


def test_the_threshold_is_set_from_what_it_is_and_low_stock_is_found(desk, stock):
    lamp = stock("LAMP", quantity=3, low_stock_threshold=1)
    stock("CHAIR", quantity=3)
    assert 'value="1"' in desk.get(of(lamp, "threshold")).content.decode()
    assert "0 stocks" in words(desk.get(f"{STOCK}?how_much=low"))
    desk.do(of(lamp, "threshold"), low_stock_threshold="5")
    assert "1 stock" in words(desk.get(f"{STOCK}?how_much=low"))


def test_reservations_are_seen_and_cannot_be_touched(desk, stock, reserved):
    order_id = reserved(stock("LAMP"), 2)
    path = f"/admin/inventory/reservation/{order_id}/change/"
    assert "2" in words(desk.get(path))
    for deed in ("release", "fulfil", "delete", "edit"):
        assert desk.get(f"/admin/inventory/reservation/{order_id}/{deed}/").status_code == 404
    assert "1 reservation" in words(desk.get("/admin/inventory/reservation/?status__exact=held"))
    services.release(order_id=order_id)
    assert "0 reservations" in words(desk.get("/admin/inventory/reservation/?status__exact=held"))
