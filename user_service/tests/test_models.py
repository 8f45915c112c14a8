"""Each constraint holds against whoever forgets it."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from users.models import (
    Address,
    Login,
    OutgoingMail,
    RateLimit,
    RefreshToken,
    ResetToken,
    SearchKey,
    User,
)

pytestmark = pytest.mark.django_db
HOME = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}


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


def test_a_book_has_one_default(ada):
    Address.objects.create(user=ada, is_default=True, **HOME)
    Address.objects.create(user=ada, is_default=False, **HOME)
    with refused_by("one_default_address_per_user"), transaction.atomic():
        Address.objects.create(user=ada, is_default=True, **HOME)
    assert Address.objects.filter(is_default=True).count() == 1


@pytest.mark.parametrize("country", ["us", "U", "U1", ""])
def test_a_country_is_two_capitals(ada, country):
    with refused_by("country_is_two_capitals"), transaction.atomic():
        Address.objects.create(user=ada, **HOME | {"country": country})


@pytest.mark.parametrize("field", ["line1", "city"])
def test_an_address_says_where(ada, field):
    with refused_by("address_says_where"), transaction.atomic():
        Address.objects.create(user=ada, **HOME | {field: ""})


def test_a_mail_is_of_a_known_kind():
    with refused_by("mail_kind_is_known"), transaction.atomic():
        OutgoingMail.objects.create(kind="x", email="ada@example.com")


def test_hits_are_never_negative():
    with refused_by("hits_are_never_negative"), transaction.atomic():
        RateLimit.objects.create(key="x", hits=-1, resets_at=Now())


def test_a_user_has_one_token_and_a_token_one_user(ada, boss):
    ResetToken.objects.create(user=ada, hash="1", expires_at=Now())
    with refused_by("reset_token_pkey"), transaction.atomic():
        ResetToken.objects.create(user=ada, hash="2", expires_at=Now())
    with refused_by("reset_token_is_unique"), transaction.atomic():
        ResetToken.objects.create(user=boss, hash="1", expires_at=Now())


def test_a_search_key_is_there_once(ada):
    key = SearchKey.objects.filter(user=ada)[0].key
    with refused_by("search_key_pkey"), transaction.atomic():
        SearchKey.objects.create(user=ada, key=key, shared=0)
