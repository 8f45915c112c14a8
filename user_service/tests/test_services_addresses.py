"""The address book and its default address."""

from uuid import uuid4

import pytest

from users import selectors
from users.errors import AccountInactive, AddressBookFull, AddressNotFound, DefaultAddressRequired
from users.models import Address
from users.services import accounts, addresses

pytestmark = pytest.mark.django_db
HOME = {"name": "Ada", "line1": "1 Example Street", "city": "Exampleton", "country": "US"}


@pytest.fixture
def add(ada):
    return lambda line1="1 Example Street", **fields: addresses.add(
        user_id=ada.id, **HOME | {"line1": line1} | fields
    )


def defaults(user) -> list[str]:
    return [
        each.line1 for each in selectors.list_addresses(user_id=user.id).filter(is_default=True)
    ]


def test_the_first_address_is_always_the_default(ada, add):
    assert add("first", is_default=False).is_default
    assert not add("second").is_default
    assert defaults(ada) == ["first"]


def test_a_new_default_replaces_the_old_one(ada, add):
    add("first")
    assert add("second", is_default=True).is_default
    assert defaults(ada) == ["second"]


def test_an_address_can_become_the_default_later(ada, add):
    add("first")
    second = add("second")
    assert (
        addresses.change(user_id=ada.id, address_id=second.id, is_default=True, line2="rear").line2
        == "rear"
    )
    assert defaults(ada) == ["second"]
    addresses.change(user_id=ada.id, address_id=second.id, is_default=True)
    assert defaults(ada) == ["second"]


def test_the_default_cannot_be_unset(ada, add):
    first = add("first")
    add("second")
    with pytest.raises(DefaultAddressRequired) as error:
        addresses.change(user_id=ada.id, address_id=first.id, is_default=False, city="Elsewhere")
    assert [(each["field"], each["code"]) for each in error.value.extra["errors"]] == [
        ("is_default", "needed")
    ]
    assert (defaults(ada), Address.objects.get(pk=first.id).city) == (["first"], "Exampleton")


def test_is_default_false_is_accepted_for_other_addresses(ada, add):
    add("first")
    second = add("second")
    assert (
        addresses.change(
            user_id=ada.id, address_id=second.id, is_default=False, city="Elsewhere"
        ).city
        == "Elsewhere"
    )
    assert defaults(ada) == ["first"]


def test_a_change_leaves_other_fields_unchanged(ada, add):
    first = add("first", phone="1")
    changed = addresses.change(user_id=ada.id, address_id=first.id, city="Elsewhere")
    assert changed == Address.objects.get() == first
    assert Address.objects.values("line1", "city", "phone", "is_default").get() == {
        "line1": "first",
        "city": "Elsewhere",
        "phone": "1",
        "is_default": True,
    }
    assert addresses.change(user_id=ada.id, address_id=first.id) == first


def test_after_removing_the_default_the_newest_address_is_the_default(ada, add):
    first, _, _ = add("first"), add("second"), add("third")
    addresses.remove(user_id=ada.id, address_id=first.id)
    assert defaults(ada) == ["third"]


def test_removing_another_address_keeps_the_default(ada, add):
    add("first")
    addresses.remove(user_id=ada.id, address_id=add("second").id)
    assert defaults(ada) == ["first"]


def test_the_first_address_after_removing_all_is_the_default(ada, add):
    addresses.remove(user_id=ada.id, address_id=add("first").id)
    assert not Address.objects.exists()
    assert add("second").is_default


def test_an_address_book_has_at_most_fifty_addresses(ada, add):
    add("first")
    Address.objects.bulk_create(Address(user=ada, **HOME) for _ in range(48))
    last = add("fiftieth")
    with pytest.raises(AddressBookFull):
        add("fifty-first", is_default=True)
    assert (Address.objects.count(), defaults(ada)) == (50, ["first"])
    addresses.remove(user_id=ada.id, address_id=last.id)
    add("fifty-first")


def test_addresses_of_another_user_are_not_found(ada, add, user):
    bob = user("bob@example.com")
    hers, his = add("hers"), addresses.add(user_id=bob.id, **HOME | {"line1": "his"})
    assert (defaults(ada), defaults(bob)) == (["hers"], ["his"])
    for owner, address_id in ((ada, his.id), (bob, hers.id), (ada, uuid4())):
        with pytest.raises(AddressNotFound):
            selectors.get_address(user_id=owner.id, address_id=address_id)
        with pytest.raises(AddressNotFound):
            addresses.change(user_id=owner.id, address_id=address_id, city="X", is_default=True)
        with pytest.raises(AddressNotFound):
            addresses.remove(user_id=owner.id, address_id=address_id)
    assert (defaults(ada), defaults(bob)) == (["hers"], ["his"])
    assert not Address.objects.filter(city="X").exists()


def test_a_closed_account_gets_no_address(ada, add):
    accounts.close_account(user_id=ada.id)
    with pytest.raises(AccountInactive):
        add()
    assert not Address.objects.exists()
