import pytest
from conftest import path_of

from products.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp(product, staff):
    """A product at its second version."""
    lamp = product("LAMP")
    assert staff.patch(path_of(lamp), {"price": "5.00"})["ETag"] == '"2"'
    return lamp


HOLDS = ['W/"2"', '"1", W/"2"', '"2"', '"1", "2"', '"1","2" , "3"', "*", " * "]
STALE = [
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


@pytest.mark.parametrize("tags", HOLDS)
def test_a_change_is_made_when_if_match_holds(lamp, staff, tags):
    response = staff.patch(path_of(lamp), {"name": "Floor lamp"}, if_match=tags)

    assert (response.status_code, response["ETag"]) == (200, '"3"')


@pytest.mark.parametrize("tags", [*STALE, 'W/"1"', 'w/"2"', 'W/ "2"'])
def test_nothing_is_changed_when_if_match_does_not_hold(lamp, staff, refused, tags):
    """A header that is no list of tags holds nothing either: it is not taken for none."""
    whole = {"sku": "LAMP", "name": "Floor lamp", "price": "1.00"}

    refused(
        staff.patch(path_of(lamp), {"name": "Floor lamp"}, if_match=tags),
        412,
        "precondition_failed",
    )
    refused(staff.put(path_of(lamp), whole, if_match=tags), 412, "precondition_failed")
    refused(staff.delete(path_of(lamp), if_match=tags), 412, "precondition_failed")

    lamp.refresh_from_db()
    assert (lamp.version, lamp.name, lamp.is_active) == (2, "A lamp", True)


@pytest.mark.parametrize("tags", ["*", '"2"', 'W/"2"', '"1", "2"'])
def test_nothing_is_changed_when_if_none_match_names_what_is_there(lamp, staff, refused, tags):
    """RFC 9110, section 13.1.2: 304 is for reading; a change is refused."""
    refused(
        staff.patch(path_of(lamp), {"name": "Floor lamp"}, if_none_match=tags),
        412,
        "precondition_failed",
    )
    refused(
        staff.delete(path_of(lamp), if_match='"2"', if_none_match=tags), 412, "precondition_failed"
    )

    lamp.refresh_from_db()
    assert (lamp.version, lamp.is_active) == (2, True)
    assert (
        staff.patch(
            path_of(lamp), {"name": "Floor lamp"}, if_match='"2"', if_none_match='"1"'
        ).status_code
        == 200
    )


def test_put_and_delete_honour_if_match_as_patch_does(lamp, staff):
    replaced = staff.put(
        path_of(lamp), {"sku": "LAMP", "name": "Floor lamp", "price": "1.00"}, if_match='"2"'
    )
    archived = staff.delete(path_of(lamp), if_match=replaced["ETag"])

    assert (replaced.status_code, replaced["ETag"], archived.status_code) == (200, '"3"', 204)


def test_a_body_that_is_not_valid_is_said_before_a_stale_version(lamp, staff, refused):
    refused(staff.patch(path_of(lamp), {"price": "x"}, if_match='"1"'), 400, "invalid")


def test_if_match_on_what_is_not_there_says_that_it_is_not_there(db, staff, refused):
    nowhere = "/api/products/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/"

    refused(staff.patch(nowhere, {"name": "Lamp"}, if_match="*"), 404, "product_not_found")


@pytest.mark.parametrize("tags", HOLDS)
def test_who_has_seen_the_product_as_it_is_gets_304_and_no_body(lamp, anyone, tags):
    response = anyone.get(path_of(lamp), if_none_match=tags)

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", '"2"')
    assert "Content-Type" not in response


@pytest.mark.parametrize("tags", STALE)
def test_who_has_not_gets_the_product(lamp, anyone, tags):
    response = anyone.get(path_of(lamp), if_none_match=tags)

    assert (response.status_code, response["ETag"], response.json()["price"]) == (
        200,
        '"2"',
        "5.00",
    )


def test_every_answer_that_shows_one_product_has_its_tag_and_each_change_a_new_one(staff):
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


def test_a_refused_change_leaves_the_tag(lamp, product, staff):
    product("CHAIR")
    staff.patch(path_of(lamp), {"sku": "CHAIR"})

    assert staff.get(path_of(lamp))["ETag"] == '"2"'


def test_head_has_the_headers_of_get(lamp, anyone):
    response = anyone.send("HEAD", path_of(lamp))

    assert (response.status_code, response["ETag"], response.content) == (200, '"2"', b"")
    assert anyone.send("HEAD", path_of(lamp), if_none_match='"2"').status_code == 304


def test_an_archived_product_has_no_tag_for_the_public(lamp, staff, anyone, refused):
    staff.delete(path_of(lamp))

    refused(anyone.get(path_of(lamp), if_none_match="*"), 404, "product_not_found")
    assert staff.get(path_of(lamp), if_none_match="*").status_code == 304
    assert Product.objects.get().version == 3
