"""A member of staff at the desk: Django's test client with the admin's session, and what holds for every page."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chassis import tokens
from chassis.admin.sessions import SessionStore
from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.keys import FixedKeys

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


class Desk:
    """`desk.sign_in()`, then `desk.get(path)` and `desk.post(path, {...})`, which takes the form's token along as browsers do."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self._token = ""

    def sign_in(self, email: str = "boss@example.com", password: str = "right", after: str = "") -> Any:  # noqa: S107
        path = f"/admin/login/?next={after}" if after else "/admin/login/"
        self.get(path)
        return self.post(path, {"username": email, "password": password, "next": after})

    def get(self, path: str, **headers: str) -> Any:
        answer = self.client.get(path, headers=headers)
        text = answer.content.decode()
        self._token = found[1] if (found := TOKEN.search(text)) else self._token
        assert_page_is_ours(answer, text)
        return answer

    def post(self, path: str, form: dict[str, Any] | None = None) -> Any:
        answer = self.client.post(path, {**(form or {}), "csrfmiddlewaretoken": self._token})
        assert_page_is_ours(answer, answer.content.decode())
        return answer

    def do(self, path: str, **form: Any) -> Any:
        """Open the page of a deed, fill in its form, send it, and go where it leads."""
        assert self.get(path).status_code == 200
        answer = self.post(path, form)
        return self.get(answer["Location"]) if answer.status_code == 302 else answer


def at_the_desk(monkeypatch: Any) -> Desk:
    """Somebody who has signed in to the service under test, whose accounts are scripted."""
    ScriptedIssuer.reset()
    monkeypatch.setattr("chassis.admin.staff.issuer", ScriptedIssuer)
    monkeypatch.setattr(tokens, "keys", FixedKeys)
    desk = Desk()
    assert desk.sign_in().status_code == 302
    return desk


def words(answer: Any) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def fields(answer: Any) -> set[str]:
    """The names of what can be filled in on a page, but for those of its machinery."""
    return set(FIELD.findall(answer.content.decode())) - {
        "csrfmiddlewaretoken",
        "next",
        "q",
        "index",
        "_selected_action",
        "action",
        "select_across",
    }


def session_of(client: Client) -> SessionBase:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return SessionStore(cookie.value if cookie else None)


def pages_of(page: Any, row: Any) -> list[str]:
    """Every page there is of a table, with a row of it."""
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    rows = [reverse(f"{name}_deed", args=[row.pk, deed.name]) for deed in page.deeds if not deed.of_the_table]
    table = [reverse(f"{name}_{deed.name}") for deed in page.deeds if deed.of_the_table]
    return [page.address_of(None), f"{page.address_of(None)}?q={row.pk}", page.address_of(row), *rows, *table]


def assert_all_is_well_with(desk: Desk, rows: dict[type[Model], Any], secrets: Iterable[str] = ()) -> None:
    """Every page of every table, each with a row: it is there, only deeds ask for anything, and no secret is on it."""
    assert set(admin.site._registry) == set(rows)
    for model, row in rows.items():
        page = admin.site.get_model_admin(model)
        asked = {deed.name: set(deed.asks().fields) if deed.asks else set() for deed in page.deeds}
        for path in pages_of(page, row):
            answer = desk.get(path)
            assert answer.status_code == 200, path
            assert fields(answer) <= asked.get(path.rstrip("/").rpartition("/")[2], set()), path
            assert not [secret for secret in secrets if secret in answer.content.decode()], path


def assert_lists_use_indexes(desk: Desk, *small: type[Model]) -> None:
    """No list, filtered or not, searched or not, reads a table from end to end; but for those that are always small."""
    for model, page in admin.site._registry.items():
        term = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"
        for query in ["", f"?q={term}", "?q=nothing", *filters_of(desk.get(page.address_of(None)))]:
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(page.address_of(None) + query).status_code == 200
            for each in [] if model in small else queries.captured_queries:
                assert "Seq Scan" not in plan_of(each["sql"]), f"{model.__name__} {query}: {each['sql']}"


def filters_of(answer: Any) -> list[str]:
    found = re.search(r'<nav id="changelist-filter".*?</nav>', answer.content.decode(), re.DOTALL)
    return [unescape(each) for each in re.findall(r'href="(\?[^"]+)"', found[0])] if found else []


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row for (row,) in cursor.fetchall())


def assert_page_is_ours(answer: Any, text: str) -> None:
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "no-store" in answer.get("Cache-Control", "no-store")
    assert not ELSEWHERE.search(text)
    assert "Traceback" not in text
