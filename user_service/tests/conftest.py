"""Fixtures that create rows, and a JSON client."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from chassis import tokens
from users.models import SigningKey, User
from users.services import accounts, passwords, sessions, signing_keys
from users.services.sessions import TokenPair

PASSWORD = "lampshade and chair"
NEW_PASSWORD = "wrong mule torch"
CLIENT_IP = "192.0.2.1"


class Api:
    """A client of the service, with an access token or without."""

    def __init__(self, token: str = "", address: str = CLIENT_IP) -> None:
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
        all_headers = {
            "Content-Type": "application/json",
            **self._headers,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return self._client.generic(
            method, path, raw, content_type=all_headers.pop("Content-Type"), headers=all_headers
        )

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.post("/api/users/token/", {"email": email, "password": password})


@pytest.fixture(scope="session", autouse=True)
def whitenoise_autorefresh() -> None:
    """Without it each test client would scan all static files, which takes longer than a test."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """Creating and dropping a database may take longer than statement_timeout."""
    return str(connection.settings_dict["OPTIONS"].pop("options"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(scope="session")
def key_pair() -> dict[str, Any]:
    """Shared, because generating one is slow."""
    key = signing_keys.generate()
    return {"kid": key.kid, "private_key": key.private_key, "public_jwk": key.public_jwk}


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[Callable[[], None]]:
    """Clears the caches of keys and tokens, as in a new process."""

    def clear_caches() -> None:
        tokens.get_key_provider.cache_clear()
        tokens._verified.cache_clear()

    yield clear_caches
    clear_caches()


hash_once = functools.cache(make_password)
decrypt_once = functools.cache(
    lambda pem, secret, original=signing_keys.private_key: original(SigningKey(private_key=pem))
)


@pytest.fixture(autouse=True)
def cache_slow_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash each new password and decrypt each key only once; verification is not cached."""
    monkeypatch.setattr(passwords, "make_password", hash_once)
    monkeypatch.setattr(
        signing_keys, "private_key", lambda key: decrypt_once(key.private_key, settings.SECRET_KEY)
    )


@pytest.fixture
def signing_key(db: None, key_pair: dict[str, Any]) -> SigningKey:
    return SigningKey.objects.create(**key_pair)


@pytest.fixture
def user(db: None) -> Callable[..., User]:
    def create(
        email: str = "ada@example.com",
        password: str = PASSWORD,
        name: str = "Ada",
        role: str = "customer",
    ) -> User:
        return accounts.register(email=email, password=password, name=name, role=User.Role(role))

    return create


@pytest.fixture
def sign_in(signing_key: SigningKey) -> Callable[..., TokenPair]:
    def create(user: User, password: str = PASSWORD) -> TokenPair:
        return sessions.sign_in(email=user.email or "", password=password, address=CLIENT_IP)

    return create


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


def session_id_of(pair: TokenPair) -> UUID:
    return UUID(tokens.verify(pair.access)["sid"])


def assert_problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Returns the body."""
    body: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, body["code"]) == (status, code), body
    assert response["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    return body


@pytest.fixture
def environment(db: None) -> dict[str, str]:
    """For a subprocess that uses the test database."""
    url = (
        urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connections['default'].settings_dict['NAME']}")
        .geturl()
    )
    return dict(os.environ) | {
        "DATABASE_URL": url,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
