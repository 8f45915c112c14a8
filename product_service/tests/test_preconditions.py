import pytest
from conftest import product_path

from products.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp(product, staff):
    """A product at its second version."""
    lamp = product("LAMP")
    assert staff.patch(product_path(lamp), {"price": "5.00"})["ETag"] == '"2"'
    return lamp


MATCHING = ['W/"2"', '"1", W/"2"', '"2"', '"1", "2"', '"1","2" , "3"', "*", " * "]
NOT_MATCHING = [
    '"1"',
    '"3"',
    '"1", "3"',
    "2",
    '"2',
    "",
    '""',
    '"02"',
    '"x"',
    '"２"',
    "W/*",
    '"*"',
    '"' + "2" * 400 + '"',
    '"-2"',
    "*, *",
]


@pytest.mark.parametrize("tags", MATCHING)
def test_a_change_with_a_matching_if_match_succeeds(lamp, staff, tags):
    response = staff.patch(product_path(lamp), {"name": "Floor lamp"}, if_match=tags)

    assert (response.status_code, response["ETag"]) == (200, '"3"')


@pytest.mark.parametrize("tags", [*NOT_MATCHING, 'W/"1"', 'w/"2"', 'W/ "2"'])
def test_a_change_with_a_stale_or_malformed_if_match_is_rejected(lamp, staff, assert_problem, tags):
    """A malformed header does not count as absent."""
    whole = {"sku": "LAMP", "name": "Floor lamp", "price": "1.00"}

    assert_problem(
        staff.patch(product_path(lamp), {"name": "Floor lamp"}, if_match=tags),
        412,
        "precondition_failed",
    )
    assert_problem(staff.put(product_path(lamp), whole, if_match=tags), 412, "precondition_failed")
    assert_problem(staff.delete(product_path(lamp), if_match=tags), 412, "precondition_failed")

    lamp.refresh_from_db()
    assert (lamp.version, lamp.name, lamp.is_active) == (2, "A lamp", True)


@pytest.mark.parametrize("tags", ["*", '"2"', 'W/"2"', '"1", "2"'])
def test_a_change_whose_if_none_match_names_the_version_is_rejected(
    lamp, staff, assert_problem, tags
):
    """RFC 9110, section 13.1.2: 304 is for reads only, for writes it is 412."""
    assert_problem(
        staff.patch(product_path(lamp), {"name": "Floor lamp"}, if_none_match=tags),
        412,
        "precondition_failed",
    )
    assert_problem(
        staff.delete(product_path(lamp), if_match='"2"', if_none_match=tags),
        412,
        "precondition_failed",
    )

    lamp.refresh_from_db()
    assert (lamp.version, lamp.is_active) == (2, True)
    assert (
        staff.patch(
            product_path(lamp), {"name": "Floor lamp"}, if_match='"2"', if_none_match='"1"'
        ).status_code
        == 200
    )


def test_put_and_delete_honour_if_match(lamp, staff):
    replaced = staff.put(
        product_path(lamp), {"sku": "LAMP", "name": "Floor lamp", "price": "1.00"}, if_match='"2"'
    )
    archived = staff.delete(product_path(lamp), if_match=replaced["ETag"])

    assert (replaced.status_code, replaced["ETag"], archived.status_code) == (200, '"3"', 204)


def test_the_body_is_validated_before_if_match(lamp, staff, assert_problem):
    assert_problem(staff.patch(product_path(lamp), {"price": "x"}, if_match='"1"'), 400, "invalid")


def test_if_match_on_an_unknown_product_is_not_found(db, staff, assert_problem):
    nowhere = "/api/products/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/"

    assert_problem(staff.patch(nowhere, {"name": "Lamp"}, if_match="*"), 404, "product_not_found")


@pytest.mark.parametrize("tags", MATCHING)
def test_a_matching_if_none_match_is_304_without_a_body(lamp, anyone, tags):
    response = anyone.get(product_path(lamp), if_none_match=tags)

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", '"2"')
    assert "Content-Type" not in response


@pytest.mark.parametrize("tags", NOT_MATCHING)
def test_another_if_none_match_returns_the_product(lamp, anyone, tags):
    response = anyone.get(product_path(lamp), if_none_match=tags)

    assert (response.status_code, response["ETag"], response.json()["price"]) == (
        200,
        '"2"',
        "5.00",
    )


def test_every_response_has_the_etag_and_each_change_a_new_one(staff):
    created = staff.post("/api/products/", {"sku": "LAMP", "name": "Lamp", "price": "1"})
    path = created["Location"]
    tags = [created["ETag"], staff.get(path)["ETag"]]
    tags += [
        staff.put(path, {"sku": "LAMP", "name": "Lamp", "price": "2"})["ETag"],
        staff.get(path)["ETag"],
    ]
    tags += [staff.patch(path, {"price": "1"})["ETag"], staff.get(path)["ETag"]]
    staff.delete(path)
    tags += [staff.get(path)["ETag"]]

    assert tags == ['"1"', '"1"', '"2"', '"2"', '"3"', '"3"', '"4"']


def test_a_rejected_change_leaves_the_etag(lamp, product, staff):
    product("CHAIR")
    staff.patch(product_path(lamp), {"sku": "CHAIR"})

    assert staff.get(product_path(lamp))["ETag"] == '"2"'


def test_head_has_the_headers_of_get(lamp, anyone):
    response = anyone.send("HEAD", product_path(lamp))

    assert (response.status_code, response["ETag"], response.content) == (200, '"2"', b"")
    assert anyone.send("HEAD", product_path(lamp), if_none_match='"2"').status_code == 304


def test_an_archived_product_has_no_etag_for_the_public(lamp, staff, anyone, assert_problem):
    staff.delete(product_path(lamp))

    assert_problem(anyone.get(product_path(lamp), if_none_match="*"), 404, "product_not_found")
    assert staff.get(product_path(lamp), if_none_match="*").status_code == 304
    assert Product.objects.get().version == 3
