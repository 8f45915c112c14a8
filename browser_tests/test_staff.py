"""The pages for staff: products, stock, orders, users."""

from uuid import uuid4

from playwright.sync_api import FilePayload, expect

from browser_tests.page_object import OpenShop, ShopPage
from integration_tests.shop import ADMIN, Shop, User


def fill(staff: ShopPage, **values: str) -> None:
    for label, value in values.items():
        staff.page.get_by_role("main").get_by_label(
            label.replace("_", " "), exact=False
        ).first.fill(value)


def test_a_product_is_created_stocked_and_sold(
    staff: ShopPage, customer: ShopPage, shop: Shop
) -> None:
    sku = f"DESK-{uuid4().hex[:8]}"
    staff.open("/staff/products/new")
    fill(
        staff,
        Name="Oak desk",
        SKU=sku,
        Price="249.00",
        Category="Office/Desk",
        Description="Two drawers.",
    )
    staff.button("New product").click()
    expect(staff.title).to_have_text("Edit product")
    product = staff.page.url.rsplit("/", 1)[1]

    staff.page.locator("main .button", has_text="Stock").click()
    expect(staff.page.get_by_text("No stock has been received.")).to_be_visible()
    fill(staff, Units="3", Note="First delivery")
    staff.button("Receive stock").click()
    expect(staff.page.locator(".stat dd").first).to_have_text("3")
    fill(staff, **{"Units to add": "-1", "Reason": "Broken"})
    staff.button("Adjust stock").click()
    expect(staff.page.locator(".stat dd").first).to_have_text("2")
    expect(staff.page.locator(".table tbody tr")).to_have_count(2)
    expect(staff.page.locator(".table tbody tr").first).to_contain_text("Broken")

    customer.order(product)
    assert shop.stock(product) == (1, 1)


def test_an_adjustment_below_zero_is_rejected(staff: ShopPage, shop: Shop, admin: User) -> None:
    lamp = shop.stocked(admin, 2)
    staff.open(f"/staff/stock/{lamp}")
    fill(staff, **{"Units to add": "-3", "Reason": "Broken"})
    staff.button("Adjust stock").click()

    expect(staff.page.get_by_role("alert")).to_contain_text("There is not enough stock.")
    assert shop.stock(lamp) == (2, 0)


def test_a_concurrent_product_change_is_shown_as_a_conflict(
    staff: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 1, name="Lamp", price="10.00")
    staff.open(f"/staff/products/{lamp}")
    assert (
        shop.call("PATCH", f"/api/products/{lamp}/", admin, json={"price": "12.00"}).status_code
        == 200
    )

    fill(staff, Name="Better lamp")
    staff.button("Save").click()
    expect(staff.page.get_by_text("Another user has changed this product")).to_be_visible()
    expect(staff.page.locator(".table tbody tr")).to_have_count(2)
    assert shop.get(f"/api/products/{lamp}/").json()["name"] == "Lamp"
    staff.button("Save my version").click()
    expect(staff.page.locator(".toast")).to_contain_text("Saved.")

    found = shop.get(f"/api/products/{lamp}/").json()
    assert (found["name"], found["price"]) == ("Better lamp", "10.00")


def test_a_product_is_archived_and_restored(staff: ShopPage, shop: Shop, admin: User) -> None:
    lamp = shop.stocked(admin, 1)
    staff.open(f"/staff/products/{lamp}")
    staff.button("Archive").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(staff.button("Restore")).to_be_visible()
    assert shop.get(f"/api/products/{lamp}/").status_code == 404

    staff.button("Restore").click()
    expect(staff.button("Archive")).to_be_visible()
    assert shop.get(f"/api/products/{lamp}/").status_code == 200


def test_an_import_reports_row_errors(staff: ShopPage, shop: Shop) -> None:
    sku = f"IMP-{uuid4().hex[:8]}"
    staff.open("/staff/import")
    bad = f"sku,name,price\n{sku}-1,Good,1.00\n{sku}-2,Bad,a lot\n".encode()
    upload(staff, bad)
    expect(staff.page.get_by_text("1 error: nothing was imported")).to_be_visible()
    expect(staff.page.locator(".table tbody tr")).to_contain_text("price")
    expect(staff.page.locator(".table tbody td").first).to_have_text("2")

    upload(staff, bad.replace(b"a lot", b"2.00"))
    expect(staff.page.get_by_text("2 created, 0 updated, 0 unchanged.")).to_be_visible()


def upload(staff: ShopPage, content: bytes) -> None:
    staff.page.get_by_label("CSV or JSON file").set_input_files(
        FilePayload(name="products.csv", mimeType="text/csv", buffer=content)
    )
    staff.button("Import").click()


def test_an_order_is_found_noted_shipped_and_delivered(
    staff: ShopPage, customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 2)
    customer.order(lamp)
    number = (customer.title.text_content() or "").removeprefix("Order ")

    staff.open("/staff/orders")
    staff.page.get_by_role("main").get_by_role("searchbox").fill(number)
    staff.page.keyboard.press("Enter")
    expect(staff.page.locator(".table tbody tr")).to_have_count(1)
    staff.link(number).click()
    fill(staff, Note="Leave it at the reception")
    staff.button("Add note").click()
    expect(staff.page.locator(".note")).to_contain_text("Leave it at the reception")
    staff.button("Ship").click()
    expect(staff.page.locator("[data-status]")).to_have_text("Shipped")
    assert shop.stock(lamp) == (1, 0)
    staff.button("Mark as delivered").click()
    expect(staff.page.locator("[data-status]")).to_have_text("Delivered")

    customer.page.reload()
    expect(customer.page.locator("[data-status]")).to_have_text("Delivered")
    expect(customer.page.locator(".timeline li")).to_have_count(3)
    expect(customer.page.get_by_text("Leave it at the reception")).to_have_count(0)


def test_a_user_is_made_staff_and_deactivated(staff: ShopPage, customer: ShopPage) -> None:
    staff.open("/staff/users")
    staff.page.get_by_role("main").get_by_role("searchbox").fill(customer.email)
    staff.page.keyboard.press("Enter")
    expect(staff.page.locator(".table tbody tr")).to_have_count(1)
    staff.button(f"Make staff: {customer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(staff.button(f"Make staff: {customer.email}")).to_be_visible()
    staff.button(f"Make staff: {customer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Make staff").click()
    expect(staff.button(f"Make customer: {customer.email}")).to_be_visible()
    customer.open("/staff")
    expect(customer.title).to_have_text("Products")

    staff.button(f"Deactivate: {customer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(staff.button(f"Activate: {customer.email}")).to_be_visible()
    customer.open("/account")
    expect(customer.title).to_have_text("Sign in")


def test_low_stock_is_listed(staff: ShopPage, shop: Shop, admin: User) -> None:
    name = f"Low {uuid4().hex[:8]}"
    lamp = shop.stocked(admin, 1, name=name)
    assert (
        shop.call(
            "PATCH", f"/api/inventory/{lamp}/", admin, json={"low_stock_threshold": 3}
        ).status_code
        == 200
    )

    staff.open("/staff/stock")

    expect(staff.page.locator(".table").get_by_text(name)).to_be_visible()


def test_staff_pages_require_the_staff_role(customer: ShopPage, open_shop: OpenShop) -> None:
    customer.open("/staff/users")
    expect(customer.title).to_have_text("This page is for staff")
    stranger = open_shop()
    stranger.open("/staff/users")
    expect(stranger.title).to_have_text("Sign in")
    assert ADMIN["email"] not in stranger.page.content()
