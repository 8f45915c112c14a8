"""The demo accounts: valid for the API, created once."""

from collections import Counter
from io import StringIO
from uuid import UUID

import pytest
from conftest import Api
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import deterministic_uuid7
from users.api.serializers.addresses import AddressRequest
from users.api.serializers.users import RegistrationRequest
from users.demo import users
from users.models import Address, User
from users.services import accounts, passwords

USERS = users.load()
LOGINS = [data for data in USERS if "password" in data]


def seed(*options: str) -> str:
    output = StringIO()
    call_command("seed_demo", *options, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("data", USERS, ids=lambda data: data["email"])
def test_the_api_accepts_each_account_and_address(data):
    account = {
        "email": data["email"],
        "name": data["name"],
        "password": data.get("password", "some-walk-in-the-rain"),
    }
    assert validate(RegistrationRequest, account) == account
    assert validate(AddressRequest, data["address"]) == data["address"]
    assert passwords.hash_password(
        account["password"], email=account["email"], name=account["name"]
    )


def test_three_accounts_have_passwords_and_one_of_them_is_staff():
    assert Counter(data["role"] for data in LOGINS) == {"customer": 2, "staff": 1}
    assert {data["role"] for data in USERS if data not in LOGINS} == {"customer"}
    assert all(data["email"].endswith("@example.com") for data in USERS)


def test_seeding_creates_accounts_with_an_address_and_prints_those_to_sign_in_with(db):
    output = seed()

    assert output.startswith(f"Accounts …\n{len(USERS)} accounts, {len(USERS)} of them new.")
    for data in LOGINS:
        assert f"{data['role']:10}{data['email']:20}{data['password']}\n" in output
    assert User.objects.count() == Address.objects.filter(is_default=True).count() == len(USERS)
    assert set(User.objects.values_list("created_at__year", flat=True)) == {2025}


def test_the_printed_accounts_can_sign_in(db, signing_key):
    seed()
    for data in LOGINS:
        assert Api().sign_in(data["email"], data["password"]).status_code == 200


def test_seeding_twice_leaves_changed_and_closed_accounts_unchanged(db):
    seed()
    changed, closed = (deterministic_uuid7(data["email"]) for data in USERS[:2])
    User.objects.filter(pk=changed).update(name="Renamed")
    accounts.close_account(user_id=closed)

    assert f"{len(USERS)} accounts, 0 of them new." in seed()
    assert User.objects.count() == len(USERS)
    assert User.objects.get(pk=changed).name == "Renamed"
    assert User.objects.get(pk=closed).is_closed


def test_a_taken_address_is_named(db):
    mine: UUID = accounts.register(
        email=USERS[0]["email"].upper(), password="some-walk-in-the-rain"
    ).pk
    with pytest.raises(CommandError, match=USERS[0]["email"]):
        seed()
    assert User.objects.get().pk == mine


def test_in_production_seeding_requires_force(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seed()
    assert not User.objects.exists()
    seed("--force")
    assert User.objects.count() == len(USERS)
