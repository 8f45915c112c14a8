"""A test client for admin pages, a fake user service, and assertions for every page."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chassis import tokens
from chassis.tests import keys
from chassis.tests.servers import http_server

CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"_][^"]*)"')
OTHER_ORIGIN = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")
NOT_INPUT = {"csrfmiddlewaretoken", "next", "q", "index", "action", "select_across"}
STAFF_ID = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
INVALID_CREDENTIALS = (
    401,
    {"detail": "There is no account with this e-mail address and password."},
)


class UserService:
    """Every password is `right`. The next tokens have `role`; `error` replaces every response."""

    def __init__(self) -> None:
        self.role = "staff"
        self.error: tuple[int, Any] | None = None
        self.lifetime = 900
        self.calls: list[tuple[str, Any, str]] = []
        self.rows: list[dict[str, Any]] = []

    def handle(self, path: str, body: bytes, headers: Any = None) -> tuple[int, Any]:
        content = json.loads(body or b"{}")
        self.calls.append((path, content, (headers or {}).get("X-Forwarded-For", "")))
        if self.error:
            return self.error
        if "?" in path:
            return 200, {"results": self.rows}
        if path.endswith("revoke/"):
            return 204, b""
        return (
            INVALID_CREDENTIALS
            if content.get("password", "right") != "right"
            else (200, self._pair())
        )

    def _pair(self) -> dict[str, str]:
        exp = int(time.time()) + self.lifetime
        access = keys.access_token(self.role, sub=STAFF_ID, iat=1_700_000_000, exp=exp)
        return {"access": access, "refresh": f"refresh-{uuid4().hex}"}


class AdminClient:
    """`browser.login()`, then pages; `submit` opens the page first and sends its CSRF token."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self._token = ""

    def login(
        self,
        email: str = "boss@example.com",
        password: str = "right",  # noqa: S107
        query: str = "",
    ) -> Any:
        path = f"/admin/login/{query}"
        next_page = unescape(query.removeprefix("?next="))
        self.get(path)
        return self.post(path, {"username": email, "password": password, "next": next_page})

    def logout(self) -> Any:
        return self.post("/admin/logout/")

    def get(self, path: str, **headers: str) -> Any:
        response = self.client.get(path, headers=headers)
        text = response.content.decode()
        self._token = found[1] if (found := CSRF_TOKEN.search(text)) else self._token
        assert_page_is_safe(response, text)
        return response

    def post(self, path: str, form: dict[str, Any] | None = None) -> Any:
        sent = {**(form or {}), "csrfmiddlewaretoken": self._token}
        response = self.client.post(path, sent)
        assert_page_is_safe(response, response.content.decode())
        return response

    def submit(self, path: str, **form: Any) -> Any:
        """The page after the submit: the form with errors, or the target of the redirect."""
        assert self.get(path).status_code == 200
        response = self.post(path, form)
        return self.get(response["Location"]) if response.status_code == 302 else response

    def bulk(self, path: str, action: str, rows: Iterable[Any]) -> Any:
        chosen = [str(row.pk) for row in rows]
        return self.submit(path, action=action, index="0", **{ACTION_CHECKBOX_NAME: chosen})

    @property
    def session(self) -> SessionStore:
        cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return SessionStore(cookie.value if cookie else None)


@contextmanager
def user_service(monkeypatch: Any, settings: Any) -> Iterator[UserService]:
    script = UserService()
    monkeypatch.setattr(tokens, "get_key_provider", keys.FixedKeys)
    with http_server(script.handle, with_headers=True) as url:
        settings.USER_SERVICE_URL, settings.AUTH_TOKEN_URL = url, f"{url}/api/users/token/"
        yield script


def text_of(response: Any) -> str:
    """The visible text of a page."""
    markup = response.content.decode()
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def fields(response: Any) -> set[str]:
    """The names of the form fields."""
    names = set(FIELD.findall(response.content.decode())) - NOT_INPUT
    return {name for name in names if "-" not in name}  # without the counters of formsets


def pages_of(page: Any, row: Any) -> dict[str, set[str]]:
    """The URLs of all pages of a model, and the form fields that each may have."""
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    editable = set(page.editable_fields)
    pages = {
        reverse(f"{name}_changelist"): set(),
        reverse(f"{name}_change", args=[row.pk]): editable,
    }
    pages |= {f"{reverse(f'{name}_changelist')}?q={row.pk}": set()}
    if page.has_add_permission(None):
        pages[reverse(f"{name}_add")] = editable
    return pages | {reverse(f"{name}_history", args=[row.pk]): set()}


def assert_every_page_works(
    browser: AdminClient, rows: dict[type[Model], Any], secrets: Iterable[str] = ()
) -> None:
    """Only editable columns have a form field, and no page shows a secret."""
    assert set(admin.site._registry) == set(rows)
    for model, row in rows.items():
        for path, editable in pages_of(admin.site.get_model_admin(model), row).items():
            response = browser.get(path)
            assert response.status_code == 200, path
            assert fields(response) <= editable, path
            text = response.content.decode()
            assert not [secret for secret in secrets if secret in text], path


def assert_lists_use_indexes(browser: AdminClient, *small: type[Model]) -> None:
    """No list, filter or search reads a whole table."""
    for model, page in admin.site._registry.items():
        path = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        queries = ["", f"?q={STAFF_ID}", "?q=nothing", *filters_of(browser.get(path))]
        for query in queries if model not in small else []:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(path + query).status_code == 200
            for each in captured.captured_queries:
                if f'FROM "{model._meta.db_table}"' in each["sql"]:
                    assert "Seq Scan" not in plan_of(each["sql"]), f"{query}: {each['sql']}"


def filters_of(response: Any) -> list[str]:
    found = re.search(r'<nav id="changelist-filter".*?</nav>', response.content.decode(), re.DOTALL)
    links = re.findall(r'href="(\?[^"]+)"', found[0]) if found else []
    return [unescape(link) for link in links]


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row for (row,) in cursor.fetchall())


def assert_page_is_safe(response: Any, text: str) -> None:
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "no-store" in response.get("Cache-Control", "no-store")
    assert not OTHER_ORIGIN.search(text)
    assert "Traceback" not in text
