"""Opening, changing and closing an account, and what staff change of others."""

from uuid import uuid4

import pytest
from conftest import HERE, PASSWORD, login_of
from django.contrib.auth.hashers import check_password, make_password

from users.errors import (
    AccountClosed,
    AccountInactive,
    EmailTaken,
    InvalidCredentials,
    LastStaff,
    PasswordNeeded,
    UnknownUser,
    WeakPassword,
    WrongPassword,
)
from users.models import Address, Login, OutgoingMail, RateLimit, ResetToken, SearchKey, User
from users.services import accounts, addresses, outgoing_mail, resets, sessions, staff
from users.services.rate_limit import account

pytestmark = pytest.mark.django_db
NEW = "wrong mule torch"


def codes(refusal) -> list[str]:
    return [error["code"] for error in refusal.value.extra["errors"]]


def test_an_account_keeps_the_email_as_typed_and_the_password_as_argon2id(user):
    made = user("Ada@Example.com")
    assert (made.email, made.role, made.is_active) == ("Ada@Example.com", "customer", True)
    assert made.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, made.password)


def test_an_email_can_be_registered_once(user):
    user("ada@example.com")
    with pytest.raises(EmailTaken):
        user("ADA@example.com")
    assert User.objects.count() == 1


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
def test_a_password_that_is_easy_to_guess_is_refused_with_every_reason(user, password, broken):
    with pytest.raises(WeakPassword) as refusal:
        user("ada.lovelace@example.com", password, name="Countess")
    assert codes(refusal) == broken
    assert {error["field"] for error in refusal.value.extra["errors"]} == {"password"}
    assert not User.objects.exists()


def test_the_default_password_of_the_first_staff_user_is_good_enough(user):
    user("admin@example.com", "admin-password", name="")


def test_the_name_changes_without_the_password(ada):
    changed = accounts.change_profile(user=ada, address=HERE, name="Countess")
    assert (changed.name, changed.email) == ("Countess", "ada@example.com")
    assert changed.updated_at > ada.updated_at


def test_another_email_needs_the_password(ada):
    with pytest.raises(PasswordNeeded):
        accounts.change_profile(user=ada, address=HERE, name="Eve", email="eve@example.com")
    with pytest.raises(WrongPassword):
        accounts.change_profile(
            user=ada, address=HERE, email="eve@example.com", current_password="guess"
        )
    kept = User.objects.get()
    assert (kept.email, kept.name) == ("ada@example.com", "Ada")
    assert [row.hits for row in RateLimit.objects.all()] == [1]
    changed = accounts.change_profile(
        user=ada, address=HERE, email="Ada@example.com", current_password=PASSWORD
    )
    assert changed.email == "Ada@example.com"


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("email").values_list("kind", "email"))


def test_a_changed_email_is_told_to_the_old_address_and_the_new_one(ada):
    accounts.change_profile(
        user=ada, address=HERE, email="eve@example.com", current_password=PASSWORD
    )
    assert mails() == [("email_changed", "ada@example.com"), ("email_changed", "eve@example.com")]


def test_a_changed_password_is_told_by_mail(ada, sign_in):
    here = login_of(sign_in(ada))
    accounts.change_password(
        user=ada, login_id=here, current_password=PASSWORD, new_password=NEW, address=HERE
    )
    assert mails() == [("password_changed", "ada@example.com")]


def test_what_did_not_change_is_told_to_nobody(ada, user):
    user("eve@example.com")
    with pytest.raises(EmailTaken):
        accounts.change_profile(
            user=ada, address=HERE, email="eve@example.com", current_password=PASSWORD
        )
    accounts.change_profile(user=ada, address=HERE, email=ada.email, name="A")
    with pytest.raises(WrongPassword):
        accounts.change_password(
            user=ada, login_id=uuid4(), current_password="guess", new_password=NEW, address=HERE
        )
    assert mails() == []


COMPOSED, DECOMPOSED = "caf\u00e9 lamp \u1e9b\u0323", "cafe\u0301 lamp \u017f\u0323\u0307"


@pytest.mark.parametrize(
    ("chosen", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)]
)
def test_a_password_is_compared_in_the_same_unicode_form(user, sign_in, chosen, typed):
    assert sign_in(user(password=chosen), typed)


def test_a_hash_from_before_the_normalization_still_matches_what_was_typed(ada, sign_in):
    User.objects.update(password=make_password(DECOMPOSED))
    assert sign_in(ada, DECOMPOSED)


def test_the_same_email_again_needs_no_password(ada):
    assert accounts.change_profile(user=ada, address=HERE, email=ada.email, name="A").name == "A"


def test_an_email_cannot_be_taken_from_somebody_else(ada, user):
    user("bob@example.com")
    with pytest.raises(EmailTaken):
        accounts.change_profile(
            user=ada, address=HERE, email="BOB@example.com", current_password=PASSWORD
        )
    assert User.objects.with_email("ada@example.com").exists()


def test_a_new_password_ends_every_other_login(ada, sign_in):
    here, there = sign_in(ada), sign_in(ada)
    accounts.change_password(
        user=ada, login_id=login_of(here), current_password=PASSWORD, new_password=NEW, address=HERE
    )
    assert list(Login.objects.filter(ended_at=None).values_list("id", flat=True)) == [
        login_of(here)
    ]
    assert Login.objects.get(ended_at__isnull=False).id == login_of(there)
    with pytest.raises(InvalidCredentials):
        sign_in(ada)
    sign_in(ada, NEW)


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [("guess", NEW, WrongPassword), (PASSWORD, "password", WeakPassword)],
)
def test_a_password_that_is_not_changed_ends_nothing(ada, sign_in, current, new, refusal):
    here, _ = sign_in(ada), sign_in(ada)
    with pytest.raises(refusal):
        accounts.change_password(
            user=ada,
            login_id=login_of(here),
            current_password=current,
            new_password=new,
            address=HERE,
        )
    assert Login.objects.filter(ended_at=None).count() == 2
    assert User.objects.get().password == ada.password


def test_a_weak_new_password_is_named_by_its_own_field(ada, sign_in):
    login = login_of(sign_in(ada))
    with pytest.raises(WeakPassword) as refusal:
        accounts.change_password(
            user=ada,
            login_id=login,
            current_password=PASSWORD,
            new_password="12345678",
            address=HERE,
        )
    assert {error["field"] for error in refusal.value.extra["errors"]} == {"new_password"}


def test_a_closed_account_is_empty_signed_out_and_free_to_register_again(ada, sign_in, user):
    sign_in(ada)
    accounts.close(user_id=ada.id)
    closed = User.objects.get()
    assert (closed.id, closed.email, closed.name, closed.password, closed.is_active) == (
        ada.id,
        None,
        "",
        "",
        False,
    )
    assert not Login.objects.filter(ended_at=None).exists()
    assert user("ada@example.com").id != ada.id


def test_a_closed_account_leaves_nothing_of_the_person_anywhere(ada, user, sign_in):
    bob = user("bob@example.com")
    sign_in(ada)
    for each in (ada, bob):
        addresses.add(user_id=each.id, line1="1 Example Street", city="Exampleton", country="US")
        resets.request(email=each.email, address=HERE)
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=each.email, password="guess", address=HERE)
    outgoing_mail.deliver_one()
    accounts.close(user_id=ada.id)
    assert list(Address.objects.values_list("user", flat=True)) == [bob.id]
    assert list(OutgoingMail.objects.values_list("email", flat=True)) == ["bob@example.com"]
    assert not ResetToken.objects.exists()
    keys = " ".join(RateLimit.objects.values_list("key", flat=True))
    assert (account("ada@example.com") in keys, account("bob@example.com") in keys) == (False, True)
    assert set(SearchKey.objects.values_list("user", flat=True)) == {bob.id}


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_nobody_signs_in_to_a_closed_account(ada, signing_key, password):
    accounts.close(user_id=ada.id)
    for email in ("ada@example.com", "", "None"):
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=email, password=password, address=HERE)


def test_a_closed_account_cannot_be_changed_by_a_request_that_began_before(ada):
    accounts.close(user_id=ada.id)
    with pytest.raises(AccountInactive):
        accounts.change_profile(user=ada, address=HERE, name="Ada")
    with pytest.raises(AccountInactive):
        accounts.close(user_id=ada.id)
    assert User.objects.get().name == ""


@pytest.mark.parametrize("change", [{"role": "staff"}, {"is_active": True}, {"role": "customer"}])
def test_staff_cannot_bring_a_closed_account_back(ada, boss, change):
    accounts.close(user_id=ada.id)
    with pytest.raises(AccountClosed):
        staff.change(user_id=ada.id, **change)
    assert not User.objects.get(pk=ada.id).is_active


def test_staff_change_role_and_activity(ada, boss, sign_in):
    sign_in(ada)
    assert staff.change(user_id=ada.id, role="staff").role == "staff"
    assert Login.objects.filter(user=ada, ended_at=None).count() == 1
    assert not staff.change(user_id=ada.id, is_active=False).is_active
    assert not Login.objects.filter(user=ada, ended_at=None).exists()
    assert staff.change(user_id=ada.id, is_active=True).is_active
    assert staff.change(user_id=ada.id) == ada
    sign_in(ada)


def test_nobody_unknown_is_changed(boss):
    for change in ({}, {"role": "staff"}, {"is_active": False}):
        with pytest.raises(UnknownUser):
            staff.change(user_id=uuid4(), **change)


@pytest.mark.parametrize(
    "change", [{"role": "customer"}, {"is_active": False}, {"role": "staff", "is_active": False}]
)
def test_the_last_of_staff_stays(boss, user, change):
    inactive = user("old@example.com", role="staff")
    staff.change(user_id=inactive.id, is_active=False)
    with pytest.raises(LastStaff):
        staff.change(user_id=boss.id, **change)
    with pytest.raises(LastStaff):
        accounts.close(user_id=boss.id)
    kept = User.objects.get(pk=boss.id)
    assert (kept.role, kept.is_active, kept.email) == ("staff", True, "boss@example.com")


def test_the_last_but_one_of_staff_may_go(boss, user):
    second = user("second@example.com", role="staff")
    accounts.close(user_id=boss.id)
    assert list(User.objects.active_staff()) == [second]


def test_a_customer_may_go_while_one_is_staff(ada, boss):
    accounts.close(user_id=ada.id)
    assert not User.objects.get(pk=ada.id).is_active
