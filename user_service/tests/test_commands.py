"""`prepare`, as each replica does it at its start, and `rotate_keys`."""

import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from conftest import PASSWORD, Api, at_once
from django.core.management import call_command
from django.db import connection, connections

from chassis import database
from users.models import SigningKey, User
from users.services import accounts, staff

SERVICE = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepare(monkeypatch, settings):
    """`prepare` takes the limits off its connection; a test's goes on."""
    monkeypatch.setattr(database, "_patience", database._patience)
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "Admin@example.com", "admin-password"
    yield lambda: call_command("bootstrap")
    with connection.cursor() as cursor:
        cursor.execute(
            "RESET statement_timeout; RESET lock_timeout; RESET idle_in_transaction_session_timeout"
        )


def test_the_first_start_makes_a_key_and_a_member_of_staff_who_can_sign_in(prepare):
    prepare()
    assert SigningKey.objects.count() == 1
    made = User.objects.get()
    assert (made.email, made.role, made.is_active) == ("Admin@example.com", "staff", True)
    access = Api().sign_in("admin@example.com", "admin-password").json()["access"]
    assert Api(access).get("/api/users/").status_code == 200


def test_the_next_start_changes_nothing(prepare, settings):
    prepare()
    before = (User.objects.get().password, SigningKey.objects.get().kid)
    settings.ADMIN_PASSWORD, settings.ADMIN_EMAIL = "another password", "admin@EXAMPLE.com"
    prepare()
    assert (User.objects.get().password, SigningKey.objects.get().kid) == before


def test_an_account_with_that_address_stays_as_it_is(prepare, user):
    mine = user("admin@example.com")
    prepare()
    assert User.objects.get() == mine
    assert User.objects.get().role == "customer"


def test_a_deactivated_first_member_of_staff_stays_so(prepare, boss):
    prepare()
    first = User.objects.with_email("admin@example.com").get()
    staff.change(user_id=first.id, is_active=False)
    prepare()
    assert not User.objects.get(pk=first.id).is_active
    assert User.objects.count() == 2


def test_another_secret_gets_another_key(prepare, settings):
    prepare()
    settings.SECRET_KEY = "another secret, as long as the first one was"
    prepare()
    assert SigningKey.objects.count() == 2


def test_somebody_who_registers_at_that_very_moment_is_no_trouble(monkeypatch, user):
    user("admin@example.com")
    monkeypatch.setattr(type(User.objects.all()), "exists", lambda self: False)
    staff.ensure_first(email="admin@example.com", password=PASSWORD)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "password", "line"),
    [
        ("admin", PASSWORD, "ADMIN_EMAIL has to be an e-mail address, not 'admin'."),
        (
            "\u00e4dmin@example.com",
            PASSWORD,
            "ADMIN_EMAIL has to be an e-mail address, not '\u00e4dmin@example.com'.",
        ),
        (
            f"{'a' * 250}@b.de",
            PASSWORD,
            f"ADMIN_EMAIL has to be an e-mail address, not '{'a' * 250}@b.de'.",
        ),
        (
            "admin@example.com",
            "password",
            "ADMIN_PASSWORD is too easy to guess: This password is too common.",
        ),
    ],
)
def test_what_is_no_good_is_named_in_one_line(prepare, settings, email, password, line):
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = email, password
    with pytest.raises(SystemExit) as end:
        prepare()
    assert str(end.value) == line
    assert not User.objects.exists()


def test_rotate_keys_publishes_a_new_key(signing_key):
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    new = SigningKey.objects.get(retired_at=None)
    assert out.getvalue() == f"Key {new.kid} is published, and signs in 60 s.\n"
    assert Api().get("/.well-known/jwks.json").json()["keys"][1]["kid"] == new.kid


@pytest.mark.django_db(transaction=True)
def test_replicas_that_start_at_once_make_one_key_and_one_member_of_staff(environment):
    connections.close_all()
    command = [sys.executable, "manage.py", "bootstrap"]
    run = partial(
        subprocess.run,
        command,
        cwd=SERVICE,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    outcomes = at_once([run] * 3)
    assert [(each.returncode, each.stdout, each.stderr) for each in outcomes] == [(0, b"", b"")] * 3
    assert SigningKey.objects.count() == 1
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accounts_of_before_can_be_searched_for_once_they_are_migrated(monkeypatch):
    monkeypatch.setattr(database, "_patience", None)
    call_command("migrate", "users", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO account (email, name, password) VALUES ('ada@example.com', 'Ada Lovelace', 'x')"
        )
        cursor.execute("INSERT INTO account (email, password, is_active) VALUES (NULL, '', false)")
    call_command("migrate", verbosity=0)
    assert [user.email for user in User.objects.found_by("lovelace")] == ["ada@example.com"]
    assert User.objects.get(email="ada@example.com").search_keys.count() == 4


def test_a_closed_first_member_of_staff_comes_back_with_the_next_start(prepare, boss):
    """The environment says that there shall be one; whoever does not want that changes the environment."""
    prepare()
    accounts.close(user_id=User.objects.with_email("admin@example.com").get().id)
    prepare()
    assert User.objects.with_email("admin@example.com").get().role == "staff"
