"""Registering, changing and closing an account, and changes by staff."""

from uuid import uuid4

import pytest
from conftest import CLIENT_IP, NEW_PASSWORD, PASSWORD, session_id_of
from django.contrib.auth.hashers import check_password, make_password

from users.errors import (
    AccountClosed,
    AccountInactive,
    CurrentPasswordRequired,
    EmailTaken,
    InvalidCredentials,
    LastStaff,
    WeakPassword,
    WrongPassword,
)
from users.models import (
    Address,
    OutgoingMail,
    RateLimit,
    ResetToken,
    Session,
    User,
    UserSearchPrefix,
)
from users.services import accounts, addresses, email_sender, password_resets, sessions, staff
from users.services.rate_limit import account_key

pytestmark = pytest.mark.django_db


def codes(error) -> list[str]:
    return [error["code"] for error in error.value.extra["errors"]]


def test_the_email_is_stored_as_typed_and_the_password_as_argon2id(user):
    account = user("Ada@Example.com")
    assert (account.email, account.role, account.is_active) == ("Ada@Example.com", "customer", True)
    assert account.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, account.password)


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("short12", ["password_too_short"]),
        ("password", ["password_too_common"]),
        ("9182736450912", ["password_entirely_numeric"]),
        ("ada.lovelace@example.com", ["password_too_similar"]),
        ("ada.lovelace1", ["password_too_similar"]),
        ("countess1", ["password_too_similar"]),
        ("1234567", ["password_too_short", "password_too_common", "password_entirely_numeric"]),
    ],
)
def test_a_weak_password_is_rejected_with_every_broken_rule(user, password, broken):
    with pytest.raises(WeakPassword) as error:
        user("ada.lovelace@example.com", password, name="Countess")
    assert codes(error) == broken
    assert {error["field"] for error in error.value.extra["errors"]} == {"password"}
    assert not User.objects.exists()


def test_the_default_admin_password_is_strong_enough(user):
    user("admin@example.com", "admin-password", name="")


def test_the_name_changes_without_the_password(ada):
    changed = accounts.change_profile(user=ada, address=CLIENT_IP, name="Countess")
    assert (changed.name, changed.email) == ("Countess", "ada@example.com")
    assert changed.updated_at > ada.updated_at


def test_a_new_email_requires_the_password(ada):
    with pytest.raises(CurrentPasswordRequired):
        accounts.change_profile(user=ada, address=CLIENT_IP, name="Eve", email="eve@example.com")
    with pytest.raises(WrongPassword):
        accounts.change_profile(
            user=ada, address=CLIENT_IP, email="eve@example.com", current_password="guess"
        )
    stored = User.objects.get()
    assert (stored.email, stored.name) == ("ada@example.com", "Ada")
    assert [row.hits for row in RateLimit.objects.all()] == [1]
    changed = accounts.change_profile(
        user=ada, address=CLIENT_IP, email="Ada@example.com", current_password=PASSWORD
    )
    assert changed.email == "Ada@example.com"


def queued_mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("email").values_list("kind", "email"))


def test_a_changed_email_notifies_both_addresses(ada):
    accounts.change_profile(
        user=ada, address=CLIENT_IP, email="eve@example.com", current_password=PASSWORD
    )
    assert queued_mails() == [
        ("email_changed", "ada@example.com"),
        ("email_changed", "eve@example.com"),
    ]


def test_a_changed_password_sends_a_mail(ada, sign_in):
    here = session_id_of(sign_in(ada))
    accounts.change_password(
        user=ada,
        session_id=here,
        current_password=PASSWORD,
        new_password=NEW_PASSWORD,
        address=CLIENT_IP,
    )
    assert queued_mails() == [("password_changed", "ada@example.com")]


def test_without_a_change_no_mail_is_sent(ada, user):
    user("eve@example.com")
    with pytest.raises(EmailTaken):
        accounts.change_profile(
            user=ada, address=CLIENT_IP, email="eve@example.com", current_password=PASSWORD
        )
    accounts.change_profile(user=ada, address=CLIENT_IP, email=ada.email, name="A")
    with pytest.raises(WrongPassword):
        accounts.change_password(
            user=ada,
            session_id=uuid4(),
            current_password="guess",
            new_password=NEW_PASSWORD,
            address=CLIENT_IP,
        )
    assert queued_mails() == []


COMPOSED, DECOMPOSED = "caf\u00e9 lamp \u1e9b\u0323", "cafe\u0301 lamp \u017f\u0323\u0307"


@pytest.mark.parametrize(
    ("chosen", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)]
)
def test_a_password_is_compared_in_the_same_unicode_form(user, sign_in, chosen, typed):
    assert sign_in(user(password=chosen), typed)


def test_a_hash_from_before_the_normalization_still_matches_what_was_typed(ada, sign_in):
    User.objects.update(password=make_password(DECOMPOSED))
    assert sign_in(ada, DECOMPOSED)


def test_an_unchanged_email_requires_no_password(ada):
    assert (
        accounts.change_profile(user=ada, address=CLIENT_IP, email=ada.email, name="A").name == "A"
    )


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [("guess", NEW_PASSWORD, WrongPassword), (PASSWORD, "password", WeakPassword)],
)
def test_a_failed_password_change_ends_no_session(ada, sign_in, current, new, expected):
    here, _ = sign_in(ada), sign_in(ada)
    with pytest.raises(expected):
        accounts.change_password(
            user=ada,
            session_id=session_id_of(here),
            current_password=current,
            new_password=new,
            address=CLIENT_IP,
        )
    assert Session.objects.filter(ended_at=None).count() == 2
    assert User.objects.get().password == ada.password


def test_a_weak_new_password_names_its_own_field(ada, sign_in):
    session_id = session_id_of(sign_in(ada))
    with pytest.raises(WeakPassword) as error:
        accounts.change_password(
            user=ada,
            session_id=session_id,
            current_password=PASSWORD,
            new_password="12345678",
            address=CLIENT_IP,
        )
    assert {error["field"] for error in error.value.extra["errors"]} == {"new_password"}


def test_a_closed_account_is_empty_and_its_email_can_register_again(ada, sign_in, user):
    sign_in(ada)
    accounts.close_account(user_id=ada.id)
    closed = User.objects.get()
    assert (closed.id, closed.email, closed.name, closed.password, closed.is_active) == (
        ada.id,
        None,
        "",
        "",
        False,
    )
    assert not Session.objects.filter(ended_at=None).exists()
    assert user("ada@example.com").id != ada.id


def test_closing_an_account_erases_its_data_in_all_tables(ada, user, sign_in):
    bob = user("bob@example.com")
    sign_in(ada)
    for each in (ada, bob):
        addresses.add(user_id=each.id, line1="1 Example Street", city="Exampleton", country="US")
        password_resets.request(email=each.email, address=CLIENT_IP)
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=each.email, password="guess", address=CLIENT_IP)
    email_sender.deliver_next()
    accounts.close_account(user_id=ada.id)
    assert list(Address.objects.values_list("user", flat=True)) == [bob.id]
    assert list(OutgoingMail.objects.values_list("email", flat=True)) == ["bob@example.com"]
    assert not ResetToken.objects.exists()
    keys = " ".join(RateLimit.objects.values_list("key", flat=True))
    assert (account_key("ada@example.com") in keys, account_key("bob@example.com") in keys) == (
        False,
        True,
    )
    assert set(UserSearchPrefix.objects.values_list("user", flat=True)) == {bob.id}


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_a_closed_account_cannot_sign_in(ada, signing_key, password):
    accounts.close_account(user_id=ada.id)
    for email in ("ada@example.com", "", "None"):
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=email, password=password, address=CLIENT_IP)


def test_a_closed_account_cannot_be_changed(ada):
    accounts.close_account(user_id=ada.id)
    with pytest.raises(AccountInactive):
        accounts.change_profile(user=ada, address=CLIENT_IP, name="Ada")
    with pytest.raises(AccountInactive):
        accounts.close_account(user_id=ada.id)
    assert User.objects.get().name == ""


@pytest.mark.parametrize("change", [{"role": "staff"}, {"is_active": True}, {"role": "customer"}])
def test_staff_cannot_restore_a_closed_account(ada, boss, change):
    accounts.close_account(user_id=ada.id)
    with pytest.raises(AccountClosed):
        staff.change(user_id=ada.id, **change)
    assert not User.objects.get(pk=ada.id).is_active


@pytest.mark.parametrize(
    "change", [{"role": "customer"}, {"is_active": False}, {"role": "staff", "is_active": False}]
)
def test_the_last_staff_account_cannot_leave(boss, user, change):
    inactive = user("old@example.com", role="staff")
    staff.change(user_id=inactive.id, is_active=False)
    with pytest.raises(LastStaff):
        staff.change(user_id=boss.id, **change)
    with pytest.raises(LastStaff):
        accounts.close_account(user_id=boss.id)
    stored = User.objects.get(pk=boss.id)
    assert (stored.role, stored.is_active, stored.email) == ("staff", True, "boss@example.com")


def test_a_staff_account_that_is_not_the_last_can_close(boss, user):
    second = user("second@example.com", role="staff")
    accounts.close_account(user_id=boss.id)
    assert list(User.objects.active_staff()) == [second]


def test_a_customer_can_close(ada, boss):
    accounts.close_account(user_id=ada.id)
    assert not User.objects.get(pk=ada.id).is_active
