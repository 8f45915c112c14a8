"""The admin: pages and actions of staff."""

from uuid import UUID

import pytest
from shop import run_worker_until_idle

from chassis.tests import admin_client
from chassis.tests.admin_client import STAFF_ID, AdminClient, text_of
from orders.models import Attempt, ClosedAccount, Event, Note, Order, OutboxMessage

ORDERS = "/admin/orders/order/"
OUTBOX = "/admin/orders/outboxmessage/"
SECRETS = ("the-fingerprint-of-it", "the-response-of-it", "the-key-of-it")
UNKNOWN = UUID(int=0)


@pytest.fixture
def upstream(db, monkeypatch, settings):
    with admin_client.user_service(monkeypatch, settings) as script:
        yield script


@pytest.fixture
def browser(upstream):
    made = AdminClient()
    assert made.login().status_code == 302
    return made


@pytest.fixture
def placed(shop, buyer):
    """A placed order. Request it before `browser`, which changes the signing key."""
    response = buyer.order({shop.sells("LAMP"): 2})
    return Order.objects.get(pk=response.json()["id"])


def page(order, action=""):
    return f"{ORDERS}{order.pk}/{f'actions/{action}' if action else 'change'}/"


def attempt():
    secret = {"idempotency_key": SECRETS[2], "fingerprint": SECRETS[0], "response_body": SECRETS[1]}
    state = {"state": "rejected", "response_status": 409, "lease_until": "2020-01-01T00:00Z"}
    return Attempt.objects.create(user_id=UNKNOWN, order_id=UNKNOWN, **state, **secret)


def test_every_admin_page_works(browser, order):
    made = order(shipping_address={"name": "Ada", "line1": "1 Example Street"})
    event = Event.objects.create(order=made, type="placed", actor=made.user_id)
    message = OutboxMessage.objects.create(order=made, verb="release", due_at="2020-01-01T00:00Z")
    closed = ClosedAccount.objects.create(user_id=made.user_id, closed_at="2020-01-01T00:00Z")
    rows = {
        Order: made,
        Event: event,
        OutboxMessage: message,
        Attempt: attempt(),
        ClosedAccount: closed,
    }
    admin_client.assert_every_page_works(browser, rows, SECRETS)


def test_no_admin_list_scans_a_table(browser, order):
    order()
    admin_client.assert_lists_use_indexes(browser, OutboxMessage)


def test_an_order_is_found_by_its_number_its_id_and_its_buyer(browser, order):
    made = order()
    order()
    for term in (made.number, made.pk, made.user_id):
        assert "1 order" in text_of(browser.get(f"{ORDERS}?q={term}"))
    order(status="shipped")
    assert "1 order" in text_of(browser.get(f"{ORDERS}?status__exact=shipped"))


def test_orders_show_the_customers_email_with_one_request_for_a_page(browser, upstream, order):
    first, second = order(), order()
    upstream.rows = [
        {"id": str(first.user_id), "email": "ada@example.com"},
        {"id": str(second.user_id), "email": None},  # a closed account
    ]
    upstream.calls.clear()
    text = text_of(browser.get(ORDERS))
    assert "ada@example.com" in text
    ids = "%2C".join(sorted({str(first.user_id), str(second.user_id)}))
    assert [path for path, _, _ in upstream.calls] == [f"/api/users/?ids={ids}&page_size=100"]
    assert "ada@example.com" in text_of(browser.get(page(first)))


def test_without_the_user_service_orders_show_ids(browser, upstream, order):
    made = order()
    upstream.error = (503, {})
    for path in (ORDERS, page(made)):
        assert str(made.user_id) in text_of(browser.get(path))


def test_page_of_an_order_shows_its_data(placed, browser):
    text = text_of(browser.get(page(placed)))
    for shown in (placed.number, "39.98", "LAMP", "Placed", str(placed.user_id)):
        assert shown in text
    assert "Outbox" not in text


def test_an_order_is_shipped_and_delivered_by_the_staff_member(shop, placed, browser):
    assert "Deliver" not in text_of(browser.get(page(placed)))
    assert "Ship: done." in text_of(browser.submit(page(placed, "ship")))
    assert "Deliver: done." in text_of(browser.submit(page(placed, "deliver")))
    placed.refresh_from_db()
    assert placed.status == "delivered"
    events = Event.objects.filter(order=placed).order_by("pk").values_list("type", "actor")
    staff = UUID(STAFF_ID)
    assert list(events) == [("placed", placed.user_id), ("shipped", staff), ("delivered", staff)]
    shop.check()


def test_an_order_is_cancelled_even_if_inventory_is_down(shop, placed, browser):
    shop.inventory.close()
    shop.reset_clients()
    assert "Cancel: done." in text_of(browser.submit(page(placed, "cancel")))
    placed.refresh_from_db()
    assert placed.status == "cancelled"
    assert "Outbox" in text_of(browser.get(page(placed)))


def test_a_cancelled_order_releases_its_stock(shop, placed, browser):
    browser.submit(page(placed, "cancel"))
    run_worker_until_idle()
    shop.check()


@pytest.mark.parametrize(
    ("status", "action"), [("shipped", "cancel"), ("delivered", "ship"), ("confirmed", "deliver")]
)
def test_failed_action_shows_the_error_and_changes_nothing(browser, order, status, action):
    made = order(status=status)
    text = text_of(browser.submit(page(made, action)))
    assert "Nothing was done." in text
    assert f"The order is {status}" in text
    made.refresh_from_db()
    assert made.status == status
    assert not Event.objects.exists()


def test_a_note_is_stored_with_its_author(browser, order):
    made = order()
    assert "Add a note: done." in text_of(
        browser.submit(page(made, "add_note"), text="Call first.")
    )
    assert "Call first." in text_of(browser.get(page(made)))
    assert Note.objects.get().author == UUID(STAFF_ID)


@pytest.mark.parametrize("text", ["", "x" * 2001])
def test_invalid_note_is_a_form_error(browser, order, text):
    assert "Nothing was done." in text_of(browser.submit(page(order(), "add_note"), text=text))
    assert not Note.objects.exists()


def test_bulk_delivery_lists_errors(browser, order):
    rows = [order(status="shipped"), order(status="shipped"), order(status="cancelled")]
    text = text_of(browser.bulk(ORDERS, "deliver", rows))
    assert text.count(": done.") == 2
    assert f"Deliver Order {rows[2].number}: The order is cancelled" in text
    statuses = Order.objects.values_list("status", flat=True)
    assert sorted(statuses) == ["cancelled", "delivered", "delivered"]


def dead_letter(made):
    old = "2020-01-01T00:00Z"
    counted = {"attempts": 40, "last_error": "rejected by inventory: reservation_fulfilled"}
    return OutboxMessage.objects.create(
        order=made, verb="release", due_at=old, created_at=old, failed_at=old, **counted
    )


def test_dead_letter_shows_its_error_and_is_retried(browser, order):
    message = dead_letter(order(status="cancelled"))
    for path in (OUTBOX, f"{OUTBOX}{message.pk}/change/", page(message.order)):
        assert "rejected by inventory: reservation_fulfilled" in text_of(browser.get(path))
    assert "Retry: done." in text_of(browser.submit(f"{OUTBOX}{message.pk}/actions/retry/"))
    message.refresh_from_db()
    assert (message.failed_at, message.attempts) == (None, 0)


def test_bulk_retry_of_dead_letters(browser, order):
    rows = [dead_letter(order(status="cancelled")) for _ in range(2)]
    assert text_of(browser.bulk(OUTBOX, "retry", rows)).count(": done.") == 2
    assert not OutboxMessage.objects.filter(failed_at__isnull=False).exists()


def test_unfinished_attempts_are_filtered(browser):
    attempt()
    assert "1 attempt" in text_of(browser.get("/admin/orders/attempt/"))
    assert "0 attempts" in text_of(browser.get("/admin/orders/attempt/?which=unfinished"))
