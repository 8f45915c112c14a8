"""Staff run the shop from its own pages."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import FilePayload, expect

from browser_tests.visitor import Visitor
from integration_tests.shop import ADMIN, Shop, User


def fill(staff: Visitor, **values: str) -> None:
    for label, value in values.items():
        staff.page.get_by_role("main").get_by_label(label.replace("_", " "), exact=False).first.fill(value)


def test_a_product_is_created_stocked_and_sold(staff: Visitor, buyer: Visitor, shop: Shop) -> None:
    sku = f"DESK-{uuid4().hex[:8]}"
    staff.open("/desk/products/new")
    fill(staff, Name="Oak desk", SKU=sku, Price="249.00", Category="Office/Desk", Description="Two drawers.")
    staff.button("New product").click()
    expect(staff.title).to_have_text("Edit product")
    product = staff.page.url.rsplit("/", 1)[1]

    staff.page.locator("main .button", has_text="Stock").click()
    expect(staff.page.get_by_text("None of it was ever received.")).to_be_visible()
    fill(staff, Units="3", Note="First delivery")
    staff.button("Receive").click()
    expect(staff.page.locator(".figure dd").first).to_have_text("3")
    fill(staff, **{"Units, with a minus": "-1", "Reason": "Broken"})
    staff.button("Correct").click()
    expect(staff.page.locator(".figure dd").first).to_have_text("2")
    expect(staff.page.locator(".table tbody tr")).to_have_count(2)
    expect(staff.page.locator(".table tbody tr").first).to_contain_text("Broken")

    buyer.order(product)
    assert shop.stock(product) == (1, 1)


def test_who_takes_away_more_than_there_is_is_told(staff: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 2)
    staff.open(f"/desk/stock/{lamp}")
    fill(staff, **{"Units, with a minus": "-3", "Reason": "Broken"})
    staff.button("Correct").click()

    expect(staff.page.get_by_role("alert")).to_contain_text("There is not that much in stock.")
    assert shop.stock(lamp) == (2, 0)


def test_of_two_who_change_a_product_the_second_is_shown_what_differs(staff: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 1, name="Lamp", price="10.00")
    staff.open(f"/desk/products/{lamp}")
    assert shop.call("PATCH", f"/api/products/{lamp}/", boss, json={"price": "12.00"}).status_code == 200

    fill(staff, Name="Better lamp")
    staff.button("Save").click()
    expect(staff.page.get_by_text("Somebody else has changed this product meanwhile")).to_be_visible()
    expect(staff.page.locator(".table tbody tr")).to_have_count(2)
    assert shop.get(f"/api/products/{lamp}/").json()["name"] == "Lamp"
    staff.button("Save mine over it").click()
    expect(staff.page.locator(".toast")).to_contain_text("Saved.")

    found = shop.get(f"/api/products/{lamp}/").json()
    assert (found["name"], found["price"]) == ("Better lamp", "10.00")


def test_a_product_is_archived_and_sold_again(staff: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 1)
    staff.open(f"/desk/products/{lamp}")
    staff.button("Archive").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(staff.button("Sell it again")).to_be_visible()
    assert shop.get(f"/api/products/{lamp}/").status_code == 404

    staff.button("Sell it again").click()
    expect(staff.button("Archive")).to_be_visible()
    assert shop.get(f"/api/products/{lamp}/").status_code == 200


def test_an_import_says_what_is_wrong_with_which_row_and_then_works(staff: Visitor, shop: Shop) -> None:
    sku = f"IMP-{uuid4().hex[:8]}"
    staff.open("/desk/import")
    bad = f"sku,name,price\n{sku}-1,Good,1.00\n{sku}-2,Bad,a lot\n".encode()
    upload(staff, bad)
    expect(staff.page.get_by_text("1 error: nothing was imported")).to_be_visible()
    expect(staff.page.locator(".table tbody tr")).to_contain_text("price")
    expect(staff.page.locator(".table tbody td").first).to_have_text("2")

    upload(staff, bad.replace(b"a lot", b"2.00"))
    expect(staff.page.get_by_text("2 created, 0 changed, 0 as they were.")).to_be_visible()


def upload(staff: Visitor, content: bytes) -> None:
    staff.page.get_by_label("CSV or JSON file").set_input_files(
        FilePayload(name="products.csv", mimeType="text/csv", buffer=content)
    )
    staff.button("Import").click()


def test_an_order_is_found_noted_shipped_and_delivered(staff: Visitor, buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 2)
    buyer.order(lamp)
    number = (buyer.title.text_content() or "").removeprefix("Order ")

    staff.open("/desk/orders")
    staff.page.get_by_role("main").get_by_role("searchbox").fill(number)
    staff.page.keyboard.press("Enter")
    expect(staff.page.locator(".table tbody tr")).to_have_count(1)
    staff.link(number).click()
    fill(staff, Note="Leave it with the neighbour")
    staff.button("Add a note").click()
    expect(staff.page.locator(".note")).to_contain_text("Leave it with the neighbour")
    staff.button("Ship").click()
    expect(staff.page.locator("[data-status]")).to_have_text("Shipped")
    assert shop.stock(lamp) == (1, 0)
    staff.button("Mark as delivered").click()
    expect(staff.page.locator("[data-status]")).to_have_text("Delivered")

    buyer.page.reload()
    expect(buyer.page.locator("[data-status]")).to_have_text("Delivered")
    expect(buyer.page.locator(".timeline li")).to_have_count(3)
    expect(buyer.page.get_by_text("Leave it with the neighbour")).to_have_count(0)


def test_somebody_is_made_staff_and_deactivated(staff: Visitor, buyer: Visitor) -> None:
    staff.open("/desk/users")
    staff.page.get_by_role("main").get_by_role("searchbox").fill(buyer.email)
    staff.page.keyboard.press("Enter")
    expect(staff.page.locator(".table tbody tr")).to_have_count(1)
    staff.button(f"Make staff: {buyer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(staff.button(f"Make staff: {buyer.email}")).to_be_visible()
    staff.button(f"Make staff: {buyer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Make staff").click()
    expect(staff.button(f"Make customer: {buyer.email}")).to_be_visible()
    buyer.open("/desk")
    expect(buyer.title).to_have_text("Products")

    staff.button(f"Deactivate: {buyer.email}").click()
    staff.page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(staff.button(f"Activate: {buyer.email}")).to_be_visible()
    buyer.open("/account")
    expect(buyer.title).to_have_text("Sign in")


def test_what_is_low_comes_first(staff: Visitor, shop: Shop, boss: User) -> None:
    name = f"Low {uuid4().hex[:8]}"
    lamp = shop.stocked(boss, 1, name=name)
    assert shop.call("PATCH", f"/api/inventory/{lamp}/", boss, json={"low_stock_threshold": 3}).status_code == 200

    staff.open("/desk/stock")

    expect(staff.page.locator(".table").get_by_text(name)).to_be_visible()


def test_the_desk_is_for_staff(buyer: Visitor, visitor: Callable[..., Visitor]) -> None:
    buyer.open("/desk/users")
    expect(buyer.title).to_have_text("This is for staff")
    stranger = visitor()
    stranger.open("/desk/users")
    expect(stranger.title).to_have_text("Sign in")
    assert ADMIN["email"] not in stranger.page.content()
