"""Each constraint rejects rows that violate it."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from users.models import (
    Address,
    OutgoingMail,
    RateLimit,
    RefreshToken,
    ResetToken,
    Session,
    User,
    UserSearchPrefix,
)

pytestmark = pytest.mark.django_db
HOME = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}


def violates(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


def test_an_email_is_unique_ignoring_case():
    User.objects.create(email="ada@example.com", password="x")
    with violates("email_is_unique"), transaction.atomic():
        User.objects.create(email="ADA@Example.COM", password="x")
    assert User.objects.count() == 1


def test_many_closed_accounts_have_no_email():
    for _ in range(2):
        User.objects.create(email=None, password="", is_active=False)
    assert User.objects.filter(email=None).count() == 2


@pytest.mark.parametrize("field", [{"name": "Ada"}, {"password": "x"}, {"is_active": True}])
def test_a_closed_account_has_no_personal_data(field):
    closed = {"email": None, "name": "", "password": "", "is_active": False}
    with violates("closed_account_has_no_personal_data"), transaction.atomic():
        User.objects.create(**closed | field)
    assert not User.objects.exists()


def test_a_role_is_customer_or_staff():
    with violates("role_is_known"), transaction.atomic():
        User.objects.create(email="ada@example.com", password="x", role="owner")


def test_a_session_has_one_unused_refresh_token(ada):
    session = Session.objects.create(user=ada)
    RefreshToken.objects.create(hash="1", session=session, expires_at=Now(), used_at=Now())
    RefreshToken.objects.create(hash="2", session=session, expires_at=Now())
    with violates("one_unused_token_per_session"), transaction.atomic():
        RefreshToken.objects.create(hash="3", session=session, expires_at=Now())


def test_a_refresh_token_is_unique(ada):
    session = Session.objects.create(user=ada)
    RefreshToken.objects.create(hash="1", session=session, expires_at=Now(), used_at=Now())
    with violates("refresh_token_pkey"), transaction.atomic():
        RefreshToken.objects.create(hash="1", session=session, expires_at=Now())


def test_ids_are_generated_by_the_database_and_sort_by_time(user):
    first, second = user("a@example.com"), user("b@example.com")
    assert (first.id.version, second.id.version) == (7, 7)
    assert first.id < second.id


def test_an_address_book_has_one_default(ada):
    Address.objects.create(user=ada, is_default=True, **HOME)
    Address.objects.create(user=ada, is_default=False, **HOME)
    with violates("one_default_address_per_user"), transaction.atomic():
        Address.objects.create(user=ada, is_default=True, **HOME)
    assert Address.objects.filter(is_default=True).count() == 1


@pytest.mark.parametrize("country", ["us", "U", "U1", ""])
def test_a_country_is_two_capitals(ada, country):
    with violates("country_is_two_capitals"), transaction.atomic():
        Address.objects.create(user=ada, **HOME | {"country": country})


@pytest.mark.parametrize("field", ["line1", "city"])
def test_an_line1_and_city_are_not_empty(ada, field):
    with violates("line1_and_city_are_not_empty"), transaction.atomic():
        Address.objects.create(user=ada, **HOME | {field: ""})


def test_a_mail_has_a_known_kind():
    with violates("mail_kind_is_known"), transaction.atomic():
        OutgoingMail.objects.create(kind="x", email="ada@example.com")


def test_hits_are_never_negative():
    with violates("hits_are_never_negative"), transaction.atomic():
        RateLimit.objects.create(key="x", hits=-1, resets_at=Now())


def test_a_user_has_one_reset_token_and_a_token_one_user(ada, boss):
    ResetToken.objects.create(user=ada, hash="1", expires_at=Now())
    with violates("reset_token_pkey"), transaction.atomic():
        ResetToken.objects.create(user=ada, hash="2", expires_at=Now())
    with violates("reset_token_is_unique"), transaction.atomic():
        ResetToken.objects.create(user=boss, hash="1", expires_at=Now())


def test_a_search_prefix_is_unique(ada):
    prefix = UserSearchPrefix.objects.filter(user=ada)[0].prefix
    with violates("user_search_prefix_pkey"), transaction.atomic():
        UserSearchPrefix.objects.create(user=ada, prefix=prefix, shared_length=0)
