"""Fixtures that make facts, and a client that speaks JSON."""

import functools
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from chassis import tokens
from users.models import SigningKey, User
from users.services import accounts, passwords, sessions, signing_keys
from users.services.sessions import TokenPair

PASSWORD = "lampshade and chair"
HERE = "192.0.2.1"
PLANS = [[], ["hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"]]
"""Ways to join that PostgreSQL does not take: none, and all but the nested loop, which runs its inner side once for each row."""


def without(plan: list[str]) -> None:
    """For the transaction of this test."""
    with connection.cursor() as cursor:
        for kind in plan:
            cursor.execute(f"SET LOCAL enable_{kind} = off")


class Api:
    """A client of the service, with an access token or without."""

    def __init__(self, token: str = "", address: str = HERE) -> None:
        self._client = Client(REMOTE_ADDR=address, raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> Any:
        return self.call("DELETE", path, body)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        everything = {
            "Content-Type": "application/json",
            **self._headers,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return self._client.generic(
            method, path, raw, content_type=everything.pop("Content-Type"), headers=everything
        )

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.post("/api/users/token/", {"email": email, "password": password})


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_up_one_by_one() -> None:
    """Each test's client loads the middleware anew, which would read about all of them first, for longer than most tests take."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """To make and to drop a database may take longer than a request's statement."""
    return str(connection.settings_dict["OPTIONS"].pop("options"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(scope="session")
def key_pair() -> dict[str, Any]:
    """Made once, for it takes a while."""
    key = signing_keys.generated()
    return {"kid": key.kid, "private_key": key.private_key, "public_jwk": key.public_jwk}


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[Callable[[], None]]:
    """Forgets what a process remembers of keys and tokens: as if another one went on."""

    def forget() -> None:
        tokens.get_key_provider.cache_clear()
        tokens._verified.cache_clear()

    yield forget
    forget()


hashed = functools.cache(passwords.make_password)
opened = functools.cache(
    lambda pem, secret, really=signing_keys.private_key: really(SigningKey(private_key=pem))
)


@pytest.fixture(autouse=True)
def slow_things_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same password is hashed once for all new accounts, the same key decrypted once; every sign-in is checked in full."""
    monkeypatch.setattr(passwords, "make_password", hashed)
    monkeypatch.setattr(
        signing_keys, "private_key", lambda key: opened(key.private_key, settings.SECRET_KEY)
    )


@pytest.fixture
def signing_key(db: None, key_pair: dict[str, Any]) -> SigningKey:
    return SigningKey.objects.create(**key_pair)


@pytest.fixture
def user(db: None) -> Callable[..., User]:
    def make(
        email: str = "ada@example.com",
        password: str = PASSWORD,
        name: str = "Ada",
        role: str = "customer",
    ) -> User:
        return accounts.register(email=email, password=password, name=name, role=User.Role(role))

    return make


@pytest.fixture
def sign_in(signing_key: SigningKey) -> Callable[..., TokenPair]:
    def make(user: User, password: str = PASSWORD) -> TokenPair:
        return sessions.sign_in(email=user.email or "", password=password, address=HERE)

    return make


@pytest.fixture
def api(signing_key: SigningKey) -> Api:
    return Api()


@pytest.fixture
def as_user(sign_in: Callable[..., TokenPair]) -> Callable[[User], Api]:
    return lambda user: Api(sign_in(user).access)


@pytest.fixture
def ada(user: Callable[..., User]) -> User:
    return user()


@pytest.fixture
def boss(user: Callable[..., User]) -> User:
    return user("boss@example.com", name="Boss", role="staff")


def login_of(pair: TokenPair) -> UUID:
    return UUID(tokens.verify(pair.access)["sid"])


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """What each returned or raised, all begun at the same moment on connections of their own."""
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        ready.wait(10)
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def is_problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The body, once it is seen to be a problem document."""
    body: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["request_id"] == answer["X-Request-ID"]
    return body


@pytest.fixture
def environment(db: None) -> dict[str, str]:
    """Of a process of its own that works on the test's database."""
    url = (
        urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connections['default'].settings_dict['NAME']}")
        .geturl()
    )
    return dict(os.environ) | {
        "DATABASE_URL": url,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
