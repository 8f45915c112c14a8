"""What staff see and do in the admin, and who gets in."""

import time
from datetime import timedelta

import pytest
from conftest import PASSWORD
from django.utils import timezone

from chassis.tests.desk import Desk, assert_all_is_well_with, assert_lists_use_indexes, fields, session_of, words
from users.errors import InvalidRefreshToken
from users.models import Login, RateLimit, RefreshToken, SigningKey, User
from users.services import accounts, sessions, staff
from users.services.login_throttle import OF_ACCOUNT

INDEX, USERS = "/admin/", "/admin/users/user/"


@pytest.fixture
def desk(signing_key, boss):
    made = Desk()
    assert made.sign_in(boss.email, PASSWORD).status_code == 302
    return made


def of(user, deed="change"):
    return f"{USERS}{user.pk}/{deed}/"


def test_staff_sign_in_with_their_account_in_whatever_case(signing_key, boss):
    desk = Desk()
    assert desk.sign_in(boss.email.upper(), PASSWORD)["Location"] == INDEX
    assert desk.get(INDEX).status_code == 200
    assert Login.objects.get().user == boss


def test_a_wrong_password_is_told_and_counted(signing_key, boss):
    answer = Desk().sign_in(boss.email, "wrong")
    assert "There is no account with this e-mail address and password." in words(answer)
    assert {row.key.split()[-1] for row in RateLimit.objects.all()} == {"127.0.0.1"}
    assert not Login.objects.exists()


def test_too_many_wrong_passwords_are_told_as_such(signing_key, boss):
    desk = Desk()
    for _ in range(OF_ACCOUNT.limit):
        desk.sign_in(boss.email, "wrong")
    assert "Too many failed sign-ins. Wait before the next try." in words(desk.sign_in(boss.email, "wrong"))


def test_a_customer_is_refused_and_the_login_just_begun_is_ended(signing_key, ada):
    assert "This account is not one of the staff's." in words(Desk().sign_in(ada.email, PASSWORD))
    assert Login.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda boss: staff.change(user_id=boss.pk, role=User.Role.CUSTOMER),
        lambda boss: staff.change(user_id=boss.pk, is_active=False),
        lambda boss: accounts.close(user_id=boss.pk),
        lambda boss: sessions.end_all(user_id=boss.pk),
    ],
    ids=["role taken away", "deactivated", "closed", "signed out everywhere"],
)
def test_who_is_no_longer_staff_is_out_at_once(desk, boss, user, change):
    user("second@example.com", role="staff")
    assert desk.get(INDEX).status_code == 200
    change(boss)
    assert desk.get(INDEX).status_code == 302
    assert "access" not in session_of(desk.client)


def test_a_copied_refresh_token_ends_the_session_with_its_login(desk):
    spent = session_of(desk.client)["refresh"]
    sessions.refresh(refresh=spent)
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(refresh=spent)
    assert desk.get(INDEX).status_code == 302


def test_signing_out_ends_the_login(desk):
    desk.get(INDEX)
    desk.post("/admin/logout/")
    assert Login.objects.get().ended_at is not None
    assert desk.get(INDEX).status_code == 302


def test_all_is_well_with_every_page_and_no_secret_is_on_any(desk, boss, signing_key):
    held = session_of(desk.client)
    rows = {User: boss, Login: Login.objects.get(), SigningKey: signing_key}
    pem = signing_key.private_key.splitlines()[1]
    secrets = [boss.password, RefreshToken.objects.get().pk, held["refresh"], held["access"], pem, "argon2"]
    assert_all_is_well_with(desk, rows, secrets)


def test_no_hash_can_be_guessed_by_looking_things_up(desk):
    for lookup in ("password__startswith=argon2", "logins__refresh_tokens__hash__startswith=a", "user__password=x"):
        assert desk.get(f"{USERS}?{lookup}").status_code == 400


def test_no_list_reads_a_whole_table(desk):
    assert_lists_use_indexes(desk, SigningKey)


def test_people_are_found_by_their_address_and_their_id(desk, ada):
    for term in (ada.email.upper(), "ad", ada.pk):
        text = words(desk.get(f"{USERS}?q={term}"))
        assert "1 user" in text
        assert "ada@example.com" in text
    assert "1 user" in words(desk.get(f"{USERS}?who=staff"))


def test_a_role_is_given_and_taken(desk, ada):
    form = desk.get(of(ada, "access"))
    assert fields(form) == {"role", "is_active"}
    assert '<option value="customer" selected' in form.content.decode()
    assert "done." in words(desk.do(of(ada, "access"), role="staff", is_active="on"))
    assert User.objects.get(pk=ada.pk).role == "staff"


def test_who_is_deactivated_is_signed_out(desk, ada, sign_in):
    sign_in(ada)
    desk.do(of(ada, "access"), role="customer")
    assert not User.objects.get(pk=ada.pk).is_active
    assert Login.objects.get(user=ada).ended_at is not None


def test_the_last_member_of_staff_stays(desk, boss):
    text = words(desk.do(of(boss, "access"), role="customer", is_active="on"))
    assert "This is the last active member of staff." in text
    assert User.objects.get(pk=boss.pk).role == "staff"


def test_of_a_closed_account_nothing_is_changed(desk, ada):
    accounts.close(user_id=ada.pk)
    text = words(desk.get(of(ada)))
    assert "Closed account" in text
    assert "Change role" not in text
    assert "This account was closed by its owner" in words(desk.do(of(ada, "access"), role="staff", is_active="on"))


@pytest.fixture
def late_desk(signing_key, boss, monkeypatch):
    """Somebody who signed in a quarter of an hour ago."""
    then = time.time() - 901
    with monkeypatch.context() as patch:
        patch.setattr("time.time", lambda: then)
        made = Desk()
        assert made.sign_in(boss.email, PASSWORD).status_code == 302
    return made


def test_a_session_is_renewed_when_its_access_token_has_run_out(late_desk):
    refresh = session_of(late_desk.client)["refresh"]
    assert late_desk.get(INDEX).status_code == 200
    assert session_of(late_desk.client)["refresh"] != refresh
    assert Login.objects.get().ended_at is None


def test_a_session_whose_refresh_token_is_too_old_needs_a_new_sign_in(late_desk):
    RefreshToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert late_desk.get(INDEX).status_code == 302
