"""`manage.py bootstrap` and `manage.py rotate_keys`."""

import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from conftest import PASSWORD, Api
from django.core.management import call_command
from django.db import connection, connections

from chassis import database
from chassis.tests.concurrency import run_concurrently
from users.models import SigningKey, User
from users.services import accounts, staff

SERVICE = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.django_db


@pytest.fixture
def bootstrap(monkeypatch, settings):
    """`bootstrap` disables the timeouts of the connection, which other tests use too."""
    monkeypatch.setattr(database, "_client_timeout", database.CLIENT_TIMEOUT)
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "Admin@example.com", "admin-password"
    yield lambda: call_command("bootstrap")
    with connection.cursor() as cursor:
        cursor.execute(
            "RESET statement_timeout; RESET lock_timeout; RESET idle_in_transaction_session_timeout"
        )


def test_the_first_start_creates_a_key_and_a_staff_account(bootstrap):
    bootstrap()
    assert SigningKey.objects.count() == 1
    admin = User.objects.get()
    assert (admin.email, admin.role, admin.is_active) == ("Admin@example.com", "staff", True)
    access = Api().sign_in("admin@example.com", "admin-password").json()["access"]
    assert Api(access).get("/api/users/").status_code == 200


def test_the_next_start_changes_nothing(bootstrap, settings):
    bootstrap()
    before = (User.objects.get().password, SigningKey.objects.get().kid)
    settings.ADMIN_PASSWORD, settings.ADMIN_EMAIL = "another password", "admin@EXAMPLE.com"
    bootstrap()
    assert (User.objects.get().password, SigningKey.objects.get().kid) == before


def test_an_existing_account_is_left_unchanged(bootstrap, user):
    mine = user("admin@example.com")
    bootstrap()
    assert User.objects.get() == mine
    assert User.objects.get().role == "customer"


def test_a_deactivated_initial_account_is_left_deactivated(bootstrap, boss):
    bootstrap()
    first = User.objects.with_email("admin@example.com").get()
    staff.change(user_id=first.id, is_active=False)
    bootstrap()
    assert not User.objects.get(pk=first.id).is_active
    assert User.objects.count() == 2


def test_another_secret_creates_another_key(bootstrap, settings):
    bootstrap()
    settings.SECRET_KEY = "another secret, as long as the first one was"
    bootstrap()
    assert SigningKey.objects.count() == 2


def test_a_concurrent_registration_of_the_initial_account_is_no_error(monkeypatch, user):
    user("admin@example.com")
    monkeypatch.setattr(type(User.objects.all()), "exists", lambda self: False)
    staff.ensure_initial_admin(email="admin@example.com", password=PASSWORD)
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
def test_an_invalid_variable_is_named_in_one_line(bootstrap, settings, email, password, line):
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = email, password
    with pytest.raises(SystemExit) as end:
        bootstrap()
    assert str(end.value) == line
    assert not User.objects.exists()


def test_rotate_keys_publishes_a_new_key(signing_key):
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    new = SigningKey.objects.get(retired_at=None)
    assert out.getvalue() == f"Key {new.kid} is published, and signs in 60 s.\n"
    assert Api().get("/.well-known/jwks.json").json()["keys"][1]["kid"] == new.kid


@pytest.mark.django_db(transaction=True)
def test_replicas_that_start_concurrently_create_one_key_and_one_account(environment):
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
    outcomes = run_concurrently(*[run] * 3)
    assert [(each.returncode, each.stdout, each.stderr) for each in outcomes] == [(0, b"", b"")] * 3
    assert SigningKey.objects.count() == 1
    assert User.objects.count() == 1


def test_a_closed_initial_account_is_created_again(bootstrap, boss):
    bootstrap()
    accounts.close_account(user_id=User.objects.with_email("admin@example.com").get().id)
    bootstrap()
    assert User.objects.with_email("admin@example.com").get().role == "staff"
