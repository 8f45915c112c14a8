"""Staff find people by the beginnings of words, at a cost that does not grow with their number."""

import random
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from conftest import PASSWORD
from django.db import connection

from users.models import SearchKey, User
from users.services import accounts, staff

pytestmark = pytest.mark.django_db
PEOPLE = {
    "ada.lovelace@example.com": "Ada King, Countess of Lovelace",
    "ada@example.org": "Adam",
    "adam@example.com": "",
    "m\u00fcller".encode("ascii", "ignore").decode() + "@example.net": "J\u00dcRGEN M\u00fcller",
    "li@example.net": "\u674e  \t\u5a1c",
    "o'hara@example.net": "(100%) O'Hara_Smith \\ x",
}


@pytest.fixture
def people(db):
    for email, name in PEOPLE.items():
        User.objects.create(email=email, name=name, password="x")


def found(search, **filters) -> list[str]:
    users, ordering = staff.found(search=search, **filters)
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
        ("nobody", []),
    ],
)
def test_a_search_is_the_beginning_of_any_word(people, search, expected):
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
def test_accents_count_neither_in_the_search_nor_in_the_name(db, name, search):
    User.objects.create(email="somebody@example.com", name=name, password="x")
    assert found(search) == ["somebody"]


def test_the_exact_email_comes_first_and_nobody_twice(people):
    assert found("ada@example.org")[0] == "ada"
    emails = [user.email for user in User.objects.found_by("ada").order_by("key")]
    assert sorted(emails) == ["ada.lovelace@example.com", "ada@example.org", "adam@example.com"]
    User.objects.create(email="zed@example.com", name="ada@example.org!", password="x")
    assert (
        User.objects.found_by("ada@example.org").order_by("key").first().email == "ada@example.org"
    )


def test_no_search_is_everybody_newest_first(people):
    for nothing in ("", "   ", "\x1f"):
        assert found(nothing) == [re.split("[.@]", email)[0] for email in reversed(PEOPLE)]


def test_filters_narrow_a_search_and_a_list(people):
    User.objects.filter(email="ada@example.org").update(role="staff")
    User.objects.filter(email="adam@example.com").update(is_active=False)
    assert found("ada", role="staff") == ["ada"]
    assert found("ada", is_active=False) == ["adam"]
    assert found("ada", role="staff", is_active=False) == []
    assert (found("", role="staff"), found("", is_active=False)) == (["ada"], ["adam"])
    assert len(found("", role="customer", is_active=True)) == 4


def test_whoever_changes_is_found_by_what_he_is_called_now(people):
    ada = User.objects.get(email="ada@example.org")
    accounts.change_profile(user=ada, address="192.0.2.1", name="Grace")
    assert (found("adam"), found("grace"), found("ada@example.org")) == (["adam"], ["ada"], ["ada"])


def test_nobody_is_found_by_what_a_closed_account_was(people):
    ada = User.objects.get(email="ada@example.org")
    accounts.close(user_id=ada.id)
    assert not SearchKey.objects.filter(user=ada).exists()


def test_a_change_of_anything_else_leaves_the_keys_alone(people):
    before = set(SearchKey.objects.values_list("key", "shared"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(xmin::text::bigint) FROM search_key")
        newest = cursor.fetchone()
        User.objects.update(role="staff", updated_at=datetime.now(UTC))
        cursor.execute("SELECT max(xmin::text::bigint) FROM search_key")
        assert cursor.fetchone() == newest
    assert set(SearchKey.objects.values_list("key", "shared")) == before


def test_every_beginning_finds_each_account_once_as_a_slow_search_would(db):
    rolled = random.Random(7)
    words = ["a", "an", "ann", "anna", "b", "ba", "an-a", "a.n", "\u00e4n"]
    for number in range(60):
        email = f"{rolled.choice(words[:6])}.{rolled.choice(words[:6])}{number}@{rolled.choice(words[:4])}.example"
        name = " ".join(rolled.choice(words) for _ in range(rolled.randint(0, 4)))
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
        wanted = {
            user.pk
            for user in User.objects.all()
            if _begins(user.email, search) or _begins(user.name, search)
        }
        hits = [user.pk for user in User.objects.found_by(search).order_by("key")]
        assert (len(hits), set(hits)) == (len(wanted), wanted), search


def _folded(text: str) -> str:
    return "".join(
        each
        for each in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(each)
    )


def _begins(text: str, search: str) -> bool:
    text, search = _folded(text), _folded(search)
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


@pytest.mark.parametrize(
    "filters", [{}, {"search": "a"}, {"search": "nobody"}, {"role": "staff"}, {"is_active": False}]
)
def test_no_list_of_users_reads_a_whole_table(people, filters):
    users, ordering = staff.found(**filters)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
        )
        plan = users.order_by(ordering)[:21].explain()
        cursor.execute("RESET enable_seqscan; RESET enable_sort; RESET enable_bitmapscan")
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def test_a_password_is_nothing_to_search_for(user):
    user("ada@example.com", password=PASSWORD)
    assert found(PASSWORD[:9]) == found("argon2") == []
