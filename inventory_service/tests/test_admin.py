"""The admin for staff."""

from uuid import uuid4

import pytest

from chassis.tests import admin_client
from chassis.tests.admin_client import STAFF_ID, AdminClient, fields, text_of
from inventory import services
from inventory.models import Movement, Reservation, Stock

STOCK = "/admin/inventory/stock/"


@pytest.fixture
def upstream(db, monkeypatch, settings, product_service):
    with admin_client.user_service(monkeypatch, settings) as script:
        settings.PRODUCT_SERVICE_URL = settings.USER_SERVICE_URL
        yield script


@pytest.fixture
def browser(upstream):
    made = AdminClient()
    assert made.login().status_code == 302
    return made


def page(stock, action=""):
    return f"{STOCK}{stock.pk}/{f'actions/{action}' if action else 'change'}/"


def test_every_page_works(browser, stock, reserved):
    lamp = stock("LAMP", quantity=10)
    reservation = Reservation.objects.get(pk=reserved(lamp, 3))
    rows = {Stock: lamp, Movement: Movement.objects.earliest("pk"), Reservation: reservation}
    admin_client.assert_every_page_works(browser, rows)


def test_every_list_uses_an_index(browser, stock):
    stock()
    admin_client.assert_lists_use_indexes(browser)


def test_rows_show_sku_and_name_with_one_request_for_a_page(browser, upstream, stock):
    lamp, chair = stock("LAMP"), stock("CHAIR")
    upstream.rows = [{"id": str(lamp.pk), "sku": "LAMP-1", "name": "Desk lamp"}]
    upstream.calls.clear()
    text = text_of(browser.get(STOCK))
    assert "LAMP-1 Desk lamp" in text
    assert str(chair.pk) in text
    ids = "%2C".join(sorted([str(lamp.pk), str(chair.pk)]))
    [(path, _, _)] = upstream.calls
    assert path == f"/api/products/?ids={ids}&include_archived=true"
    for other in (page(lamp), "/admin/inventory/movement/"):
        assert "LAMP-1 Desk lamp" in text_of(browser.get(other))


@pytest.mark.parametrize("response", [(503, {}), (401, {}), (200, b"<html>"), (200, [])])
def test_without_the_product_service_rows_show_ids(browser, upstream, stock, response):
    lamp = stock("LAMP")
    upstream.error = response
    for path in (STOCK, page(lamp)):
        assert str(lamp.pk) in text_of(browser.get(path))


def test_quantities_are_fields_of_receipts_and_adjustments_only(browser, stock):
    lamp = stock()
    shown = {
        name: fields(browser.get(page(lamp, name)))
        for name in ("", "receive_for_product", "adjust")
    }
    assert shown == {
        "": {"low_stock_threshold"},
        "receive_for_product": {"quantity", "note"},
        "adjust": {"delta", "reason"},
    }
    assert fields(browser.get(f"{STOCK}actions/receive/")) == {"product_id", "quantity", "note"}


def test_the_first_receipt_of_a_product_creates_its_stock(browser, stock, upstream):
    product_id = uuid4()
    upstream.rows = [{"id": str(product_id), "sku": "LAMP-1", "name": "Desk lamp"}]
    form = {"product_id": str(product_id), "quantity": "10", "note": "First delivery"}
    assert "Receive stock: done." in text_of(browser.submit(f"{STOCK}actions/receive/", **form))
    assert Stock.objects.get(pk=product_id).quantity == 10
    row = Movement.objects.get(product_id=product_id)
    assert (row.kind, row.delta, row.note, row.actor) == ("receipt", 10, "First delivery", STAFF_ID)


def test_a_receipt_is_a_row_in_the_ledger(browser, stock):
    lamp = stock("LAMP", quantity=10)
    text = text_of(browser.submit(page(lamp, "receive_for_product"), quantity="5", note=""))
    assert "Receive: done." in text
    assert stock.units(lamp) == (15, 0)
    assert Movement.objects.latest("pk").actor == STAFF_ID


def test_an_adjustment_is_a_row_in_the_ledger(browser, stock):
    lamp = stock("LAMP", quantity=10)
    assert "Adjust: done." in text_of(
        browser.submit(page(lamp, "adjust"), delta="-2", reason="Broken")
    )
    row = Movement.objects.latest("pk")
    assert (row.kind, row.delta, row.note, row.actor) == ("adjustment", -2, "Broken", STAFF_ID)
    assert stock.units(lamp) == (8, 0)


def test_an_adjustment_below_zero_is_rejected_with_the_available_quantity(browser, stock):
    lamp = stock("LAMP", quantity=1)
    text = text_of(browser.submit(page(lamp, "adjust"), delta="-2", reason="Broken"))
    assert "Nothing was done." in text
    assert f"product id {lamp.pk}, requested 2, available 1" in text
    assert stock.units(lamp) == (1, 0)


@pytest.mark.parametrize(
    "form", [{}, {"delta": "0", "reason": "x"}, {"delta": "1"}, {"delta": "9" * 30, "reason": "x"}]
)
def test_an_adjustment_is_validated_as_in_the_api(browser, stock, form):
    lamp = stock("LAMP", quantity=1)
    assert "Nothing was done." in text_of(browser.submit(page(lamp, "adjust"), **form))
    assert stock.units(lamp) == (1, 0)


@pytest.mark.parametrize("threshold", ["-1", "", "x", "9" * 30])
def test_an_invalid_threshold_is_an_error_of_the_form(browser, stock, threshold):
    lamp = stock("LAMP", quantity=3, low_stock_threshold=1)
    assert "Please correct the error" in text_of(
        browser.submit(page(lamp), low_stock_threshold=threshold)
    )
    assert stock.reload(lamp).low_stock_threshold == 1


def test_the_threshold_is_changed_and_low_stock_is_filtered(browser, stock):
    lamp = stock("LAMP", quantity=3, low_stock_threshold=1)
    stock("CHAIR", quantity=3)
    assert 'value="1"' in browser.get(page(lamp)).content.decode()
    assert "0 stocks" in text_of(browser.get(f"{STOCK}?stock_level=low"))
    browser.submit(page(lamp), low_stock_threshold="5")
    assert "1 stock" in text_of(browser.get(f"{STOCK}?stock_level=low"))


def test_reservations_are_read_only(browser, stock, reserved):
    order_id = reserved(stock("LAMP"), 2)
    path = f"/admin/inventory/reservation/{order_id}/"
    assert "Held" in text_of(browser.get(f"{path}change/"))
    for other in ("actions/release/", "delete/"):
        assert browser.get(f"{path}{other}").status_code in {403, 404}
    assert "1 reservation" in text_of(
        browser.get("/admin/inventory/reservation/?status__exact=held")
    )
    services.release(order_id=order_id)
    assert "0 reservations" in text_of(
        browser.get("/admin/inventory/reservation/?status__exact=held")
    )


def test_stock_of_an_unknown_product_is_an_error_of_the_form(browser):
    product_id = uuid4()
    text = text_of(
        browser.submit(
            f"{STOCK}actions/receive/", product_id=str(product_id), quantity="10", note=""
        )
    )
    assert "There is no product with this id." in text
    assert f"product id {product_id}" in text
    assert not Stock.objects.exists()


def test_unverified_stock_is_filtered_and_verified_by_the_next_receipt(browser, upstream):
    product_id = uuid4()
    upstream.error = (503, {"status": 503, "code": "service_unavailable"})
    browser.submit(f"{STOCK}actions/receive/", product_id=str(product_id), quantity="10", note="")
    assert "1 stock" in text_of(browser.get(f"{STOCK}?product=unverified"))

    upstream.error, upstream.rows = (
        None,
        [{"id": str(product_id), "sku": "LAMP-1", "name": "Desk lamp"}],
    )
    assert "Receive: done." in text_of(
        browser.submit(f"{STOCK}{product_id}/actions/receive_for_product/", quantity="5", note="")
    )
    assert "0 stocks" in text_of(browser.get(f"{STOCK}?product=unverified"))
    assert Stock.objects.get().quantity == 15
