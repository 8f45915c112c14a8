"""The search for users by the start of any word."""

import random
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from conftest import PASSWORD
from django.db import connection

from users import selectors
from users.models import User, UserSearchPrefix
from users.services import accounts

pytestmark = pytest.mark.django_db
USERS = {
    "ada.lovelace@example.com": "Ada King, Countess of Lovelace",
    "ada@example.org": "Adam",
    "adam@example.com": "",
    "m\u00fcller".encode("ascii", "ignore").decode() + "@example.net": "J\u00dcRGEN M\u00fcller",
    "li@example.net": "\u674e  \t\u5a1c",
    "o'hara@example.net": "(100%) O'Hara_Smith \\ x",
}


@pytest.fixture
def users(db):
    for email, name in USERS.items():
        User.objects.create(email=email, name=name, password="x")


def found(search, **filters) -> list[str]:
    users, ordering = selectors.search_users(search=search, **filters)
    return [re.split("[.@]", user.email)[0] for user in users.order_by(ordering)]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("ada@example.org", ["ada"]),
        ("ADA@Example.ORG", ["ada"]),
        ("lovelace", ["ada"]),
        ("Countess of", ["ada"]),
        ("countess  of\tlove", ["ada"]),
        ("king", ["ada"]),
        (" king ", ["ada"]),
        ("ada king, c", ["ada"]),
        ("ing", []),
        ("king lovelace", []),
        ("j\u00fcrgen", ["mller"]),
        ("M\u00dcLLER", ["mller"]),
        ("muller", ["mller"]),
        ("Jurgen m", ["mller"]),
        ("ju\u0308rgen", ["mller"]),
        ("\u00e1da@example.org", ["ada"]),
        ("\u674e \u5a1c", ["li"]),
        ("example.net", ["li", "mller", "o'hara"]),
        ("com", []),
        ("(100%)", ["o'hara"]),
        ("100", ["o'hara"]),
        ("hara@", ["o'hara"]),
        ("smith \\", ["o'hara"]),
        ("%", []),
        ("_", []),
        ("'", []),
        ("\\", []),
        ("unknown", []),
    ],
)
def test_a_search_matches_the_start_of_any_word(users, search, expected):
    assert sorted(found(search)) == expected


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Zo\u00eb", "zoe"),
        ("Zoe\u0308", "zo\u00eb"),
        ("\u00c5ngstr\u00f6m", "angstrom"),
        ("Nguy\u1ec5n", "nguyen"),
        ("\u03a3\u03ac\u03bc\u03bf\u03c2", "\u03c3\u03b1\u03bc"),
        ("Jos\u00e9 Mar\u00eda", "MARIA"),
    ],
)
def test_accents_are_ignored_in_the_search_and_in_the_name(db, name, search):
    User.objects.create(email="zoe@example.com", name=name, password="x")
    assert found(search) == ["zoe"]


def test_the_exact_email_is_first_and_no_user_appears_twice(users):
    assert found("ada@example.org")[0] == "ada"
    emails = sorted(str(user.email) for user in User.objects.search("ada").order_by("prefix"))
    assert emails == ["ada.lovelace@example.com", "ada@example.org", "adam@example.com"]
    User.objects.create(email="zed@example.com", name="ada@example.org!", password="x")
    assert (
        User.objects.search("ada@example.org").order_by("prefix").first().email == "ada@example.org"
    )


def test_a_blank_search_lists_all_users_newest_first(users):
    for nothing in ("", "   ", "\x1f"):
        assert found(nothing) == [re.split("[.@]", email)[0] for email in reversed(USERS)]


def test_filters_narrow_a_search_and_a_list(users):
    User.objects.filter(email="ada@example.org").update(role="staff")
    User.objects.filter(email="adam@example.com").update(is_active=False)
    assert found("ada", role="staff") == ["ada"]
    assert found("ada", is_active=False) == ["adam"]
    assert found("ada", role="staff", is_active=False) == []
    assert (found("", role="staff"), found("", is_active=False)) == (["ada"], ["adam"])
    assert len(found("", role="customer", is_active=True)) == 4


def test_a_renamed_user_is_found_by_the_new_name_only(users):
    ada = User.objects.get(email="ada@example.org")
    accounts.change_profile(user=ada, address="192.0.2.1", name="Grace")
    assert (found("adam"), found("grace"), found("ada@example.org")) == (["adam"], ["ada"], ["ada"])


def test_a_closed_account_has_no_search_prefixes(users):
    ada = User.objects.get(email="ada@example.org")
    accounts.close_account(user_id=ada.id)
    assert not UserSearchPrefix.objects.filter(user=ada).exists()


def test_other_changes_do_not_rewrite_the_search_prefixes(users):
    before = set(UserSearchPrefix.objects.values_list("prefix", "shared_length"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(xmin::text::bigint) FROM user_search_prefix")
        newest = cursor.fetchone()
        User.objects.update(role="staff", updated_at=datetime.now(UTC))
        cursor.execute("SELECT max(xmin::text::bigint) FROM user_search_prefix")
        assert cursor.fetchone() == newest
    assert set(UserSearchPrefix.objects.values_list("prefix", "shared_length")) == before


def test_the_search_equals_a_reference_implementation(db):
    choice = random.Random(7).choice
    words = ["a", "an", "ann", "anna", "b", "ba", "an-a", "a.n", "\u00e4n"]
    for number in range(60):
        email = f"{choice(words[:6])}.{choice(words[:6])}{number}@{choice(words[:4])}.example"
        name = " ".join(choice(words) for _ in range(choice(range(5))))
        User.objects.create(email=email, name=name, password="x")
    for search in [
        "a",
        "an",
        "ann",
        "anna",
        "ann a",
        "a.",
        "b",
        "ba",
        "\u00e4",
        "n",
        "an a",
        "a.example",
        "-",
    ]:
        expected = {
            user.pk
            for user in User.objects.all()
            if _matches(user.email, search) or _matches(user.name, search)
        }
        hits = [user.pk for user in User.objects.search(search).order_by("prefix")]
        assert (len(hits), set(hits)) == (len(expected), expected), search


def _normalize(text: str) -> str:
    return "".join(
        each
        for each in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(each)
    )


def _matches(text: str, search: str) -> bool:
    text, search = _normalize(text), _normalize(search)
    last = text.index("@") + 1 if "@" in text else len(text)
    starts = {
        0,
        *(each.start() for each in re.finditer(r"(?<![^\W_])[^\W_]", text) if each.start() <= last),
    }
    return any(text[start:].startswith(search) for start in starts)


def test_long_names_are_found_by_their_first_eight_words(db):
    name = " ".join(f"word{number}" for number in range(12))
    User.objects.create(email="long@example.com", name=name, password="x")
    assert [found(f"word{number} ") for number in (0, 7, 8)] == [["long"], ["long"], []]


def test_passwords_are_not_searchable(user):
    user("ada@example.com", password=PASSWORD)
    assert found(PASSWORD[:9]) == found("argon2") == []
