"""The admin: sign-in, pages, changes of users."""

import time
from datetime import timedelta

import pytest
from conftest import PASSWORD
from django.utils import timezone

from chassis.tests import admin_client
from chassis.tests.admin_client import AdminClient, fields, text_of
from users.models import RateLimit, RefreshToken, Session, SigningKey, User
from users.services import accounts, sessions, staff
from users.services.login_throttle import ACCOUNT_LIMIT

INDEX, USERS = "/admin/", "/admin/users/user/"


@pytest.fixture
def browser(signing_key, boss):
    client = AdminClient()
    assert client.login(boss.email, PASSWORD).status_code == 302
    return client


@pytest.fixture
def late_browser(signing_key, boss, monkeypatch):
    """A session whose access token has expired."""
    past = time.time() - 901
    with monkeypatch.context() as patch:
        patch.setattr("time.time", lambda: past)
        client = AdminClient()
        assert client.login(boss.email, PASSWORD).status_code == 302
    return client


def page(user):
    return f"{USERS}{user.pk}/change/"


def test_staff_sign_in_with_their_account_ignoring_case(signing_key, boss):
    browser = AdminClient()
    assert browser.login(boss.email.upper(), PASSWORD)["Location"] == INDEX
    assert browser.get(INDEX).status_code == 200
    assert Session.objects.get().user == boss


def test_a_wrong_password_is_an_error_and_counts_as_a_failed_login(signing_key, boss):
    response = AdminClient().login(boss.email, "wrong")
    assert "There is no account with this e-mail address and password." in text_of(response)
    assert {row.key.split()[-1] for row in RateLimit.objects.all()} == {"127.0.0.1"}
    assert not Session.objects.exists()


def test_failed_logins_are_throttled(signing_key, boss):
    browser = AdminClient()
    for _ in range(ACCOUNT_LIMIT.limit):
        browser.login(boss.email, "wrong")
    assert "Too many failed sign-ins. Wait before the next try." in text_of(
        browser.login(boss.email, "wrong")
    )


def test_a_customer_is_rejected_and_the_session_is_ended(signing_key, ada):
    text = text_of(AdminClient().login(ada.email, PASSWORD))
    assert "This account is not a staff account." in text
    assert Session.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda boss: staff.change(user_id=boss.pk, role=User.Role.CUSTOMER),
        lambda boss: staff.change(user_id=boss.pk, is_active=False),
        lambda boss: accounts.close_account(user_id=boss.pk),
        lambda boss: sessions.revoke_all(user_id=boss.pk),
    ],
    ids=["role removed", "deactivated", "closed", "signed out everywhere"],
)
def test_an_account_that_is_no_longer_staff_is_signed_out(browser, boss, user, change):
    user("second@example.com", role="staff")
    assert browser.get(INDEX).status_code == 200
    change(boss)
    assert browser.get(INDEX).status_code == 302
    assert "access" not in browser.session


def test_an_expired_access_token_is_refreshed(late_browser):
    refresh = late_browser.session["refresh"]
    assert late_browser.get(INDEX).status_code == 200
    assert late_browser.session["refresh"] != refresh
    assert Session.objects.get().ended_at is None


def test_an_expired_refresh_token_ends_the_admin_session(late_browser):
    RefreshToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert late_browser.get(INDEX).status_code == 302


def test_signing_out_ends_the_session_and_invalidates_a_copied_cookie(browser):
    copied = AdminClient()
    copied.client.cookies.update(browser.client.cookies)
    browser.get(INDEX)
    browser.logout()
    assert Session.objects.get().ended_at is not None
    assert copied.get(INDEX).status_code == 302


def test_every_page_works_and_shows_no_secret(browser, boss, signing_key):
    rows = {User: boss, Session: Session.objects.get(), SigningKey: signing_key}
    tokens = [browser.session["refresh"], browser.session["access"], RefreshToken.objects.get().pk]
    pem = signing_key.private_key.splitlines()[1]
    secrets = [*tokens, boss.password, pem, "argon2"]
    admin_client.assert_every_page_works(browser, rows, secrets)


@pytest.mark.parametrize(
    "lookup",
    ["password__startswith=a", "sessions__refresh_tokens__hash__startswith=a", "user__password=x"],
)
def test_lookups_of_hashes_are_rejected(browser, lookup):
    assert browser.get(f"{USERS}?{lookup}").status_code == 400


def test_lists_use_indexes(browser):
    admin_client.assert_lists_use_indexes(browser, SigningKey)


def test_users_are_found_by_e_mail_address_and_id(browser, ada):
    for term in (ada.email.upper(), "ad", ada.pk):
        text = text_of(browser.get(f"{USERS}?q={term}"))
        assert "1 user" in text
        assert "ada@example.com" in text
    assert "1 user" in text_of(browser.get(f"{USERS}?who=staff"))


def test_a_role_is_changed(browser, ada):
    form = browser.get(page(ada))
    assert fields(form) == {"role", "is_active"}
    assert '<option value="customer" selected' in form.content.decode()
    text = text_of(browser.submit(page(ada), role="staff", is_active="on"))
    assert "was changed successfully" in text
    assert User.objects.get(pk=ada.pk).role == "staff"


def test_a_deactivated_user_is_signed_out(browser, ada, sign_in):
    sign_in(ada)
    browser.submit(page(ada), role="customer")
    assert not User.objects.get(pk=ada.pk).is_active
    assert Session.objects.get(user=ada).ended_at is not None


def test_the_last_staff_account_keeps_its_role(browser, boss):
    text = text_of(browser.submit(page(boss), role="customer", is_active="on"))
    assert "This is the last active staff account." in text
    assert User.objects.get(pk=boss.pk).role == "staff"


def test_a_closed_account_is_read_only(browser, ada):
    accounts.close_account(user_id=ada.pk)
    response = browser.get(page(ada))
    assert "Closed account" in text_of(response)
    assert fields(response) == set()
    assert browser.post(page(ada), {"role": "staff", "is_active": "on"}).status_code == 403
