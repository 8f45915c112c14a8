"""The demo shop's people: accounts as anybody could open them, made once."""

from collections import Counter
from io import StringIO
from uuid import UUID

import pytest
from conftest import Api
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import deterministic_uuid7
from users.api.serializers.accounts import RegistrationRequest
from users.api.serializers.addresses import AddressRequest
from users.demo import people
from users.models import Address, User
from users.services import accounts, passwords

PEOPLE = people.people()
LOGINS = [person for person in PEOPLE if "password" in person]


def seeded(*options: str) -> str:
    said = StringIO()
    call_command("seed_demo", *options, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["email"])
def test_the_api_would_take_each_account_and_address_as_it_is(person):
    account = {
        "email": person["email"],
        "name": person["name"],
        "password": person.get("password", "some-walk-in-the-rain"),
    }
    assert validate(RegistrationRequest, account) == account
    assert validate(AddressRequest, person["address"]) == person["address"]
    assert passwords.hashed(account["password"], email=account["email"], name=account["name"])


def test_three_are_to_sign_in_with_and_one_of_them_is_staff():
    assert Counter(person["role"] for person in LOGINS) == {"customer": 2, "staff": 1}
    assert {person["role"] for person in PEOPLE if person not in LOGINS} == {"customer"}
    assert all(person["email"].endswith("@example.com") for person in PEOPLE)


def test_seeding_makes_accounts_with_an_address_and_says_whom_to_sign_in_as(db):
    said = seeded()

    assert said.startswith(f"Accounts …\n{len(PEOPLE)} accounts, {len(PEOPLE)} of them new.")
    for person in LOGINS:
        assert f"{person['role']:10}{person['email']:20}{person['password']}\n" in said
    assert User.objects.count() == Address.objects.filter(is_default=True).count() == len(PEOPLE)
    assert set(User.objects.values_list("created_at__year", flat=True)) == {2025}


def test_whoever_is_told_to_can_sign_in(db, signing_key):
    seeded()
    for person in LOGINS:
        assert Api().sign_in(person["email"], person["password"]).status_code == 200


def test_seeding_twice_doubles_nothing_and_leaves_changed_and_closed_accounts_alone(db):
    seeded()
    changed, closed = (deterministic_uuid7(person["email"]) for person in PEOPLE[:2])
    User.objects.filter(pk=changed).update(name="Renamed")
    accounts.close(user_id=closed)

    assert f"{len(PEOPLE)} accounts, 0 of them new." in seeded()
    assert User.objects.count() == len(PEOPLE)
    assert User.objects.get(pk=changed).name == "Renamed"
    assert User.objects.get(pk=closed).is_closed


def test_an_address_that_is_somebody_elses_is_named(db):
    mine: UUID = accounts.register(
        email=PEOPLE[0]["email"].upper(), password="some-walk-in-the-rain"
    ).pk
    with pytest.raises(CommandError, match=PEOPLE[0]["email"]):
        seeded()
    assert User.objects.get().pk == mine


def test_a_shop_in_earnest_gets_no_well_known_logins_unless_it_has_to(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not User.objects.exists()
    seeded("--force")
    assert User.objects.count() == len(PEOPLE)
