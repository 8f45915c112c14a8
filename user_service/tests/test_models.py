"""Each constraint holds against whoever forgets it."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from users.models import Login, RefreshToken, User

pytestmark = pytest.mark.django_db


def refused_by(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


def test_an_email_belongs_to_one_account_in_whatever_case():
    User.objects.create(email="ada@example.com", password="x")
    with refused_by("email_is_unique"), transaction.atomic():
        User.objects.create(email="ADA@Example.COM", password="x")
    assert User.objects.count() == 1


def test_many_closed_accounts_have_no_email():
    for _ in range(2):
        User.objects.create(email=None, password="", is_active=False)
    assert User.objects.filter(email=None).count() == 2


@pytest.mark.parametrize("kept", [{"name": "Ada"}, {"password": "x"}, {"is_active": True}])
def test_a_closed_account_keeps_nothing_of_the_person(kept):
    closed = {"email": None, "name": "", "password": "", "is_active": False}
    with refused_by("closed_account_keeps_no_personal_data"), transaction.atomic():
        User.objects.create(**closed | kept)
    assert not User.objects.exists()


def test_there_are_two_roles():
    with refused_by("role_is_known"), transaction.atomic():
        User.objects.create(email="ada@example.com", password="x", role="owner")


def test_a_login_has_one_refresh_token_to_spend(ada):
    login = Login.objects.create(user=ada)
    RefreshToken.objects.create(hash="1", login=login, expires_at=Now(), spent_at=Now())
    RefreshToken.objects.create(hash="2", login=login, expires_at=Now())
    with refused_by("one_unspent_token_per_login"), transaction.atomic():
        RefreshToken.objects.create(hash="3", login=login, expires_at=Now())


def test_a_refresh_token_is_there_once(ada):
    login = Login.objects.create(user=ada)
    RefreshToken.objects.create(hash="1", login=login, expires_at=Now(), spent_at=Now())
    with refused_by("refresh_token_pkey"), transaction.atomic():
        RefreshToken.objects.create(hash="1", login=login, expires_at=Now())


def test_ids_are_made_by_the_database_and_sort_by_time(user):
    first, second = user("a@example.com"), user("b@example.com")
    assert (first.id.version, second.id.version) == (7, 7)
    assert first.id < second.id


@pytest.mark.parametrize(
    ("search", "found"),
    [("", ["b", "a"]), ("A@EXAMPLE", ["a"]), ("lovelace", ["a"]), ("%", []), ("_", []), ("b@", ["b"]), ("'", [])],
)
def test_search_looks_into_email_and_name_and_takes_them_literally(user, search, found):
    user("a@example.com", name="Ada Lovelace")
    user("b@example.com", name="")
    assert [each.email[0] for each in User.objects.matching(search=search).order_by("-id")] == found
