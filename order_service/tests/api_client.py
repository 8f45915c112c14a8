"""An API client, and the access tokens that it sends."""

import time
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client

KEY_ID = "test-key"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeKeyProvider:
    """Has the public key of the tests' tokens."""

    def get_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == KEY_ID else None


def access_token(role: str, user_id: UUID | None = None, lifetime: int = 900) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
    }
    claims |= {"sub": str(user_id or uuid4()), "role": role, "jti": uuid4().hex}
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": KEY_ID})


@cache
def shared_handler() -> Any:
    """Loading the middleware takes longer than most tests, so all clients share one handler."""
    return Client().handler


class JSONClient:
    """Django's test client with a user's token: `buyer.post(path, {...}, idempotency_key="k")`."""

    def __init__(self, role: str = "") -> None:
        self.user_id = uuid4()
        self.test_client = Client()
        self.test_client.handler = shared_handler()
        self.headers = (
            {"Authorization": f"Bearer {access_token(role, self.user_id)}"} if role else {}
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.test_client.generic(method, path, raw, content_type, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def order(self, items: dict[str, int], key: str | None = None, **more: Any) -> Any:
        body = {
            "items": [
                {"product_id": product_id, "quantity": units} for product_id, units in items.items()
            ],
            **more,
        }
        return self.post("/api/orders/", body, **({} if key is None else {"idempotency_key": key}))
