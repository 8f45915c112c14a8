"""A key and tokens for tests. The processes that a test starts have the same key, through the environment."""

import json
import os
import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

KEY_ID = "test-key"


def new_key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _new_private_key() -> str:
    return new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


PRIVATE_PEM = os.environ.setdefault("TEST_SIGNING_KEY", _new_private_key())
PRIVATE_KEY: Any = load_pem_private_key(PRIVATE_PEM.encode(), None)
PUBLIC_KEY = PRIVATE_KEY.public_key()


class FixedKeys:
    """For settings.JWT_KEY_PROVIDER: the one key above, and no network."""

    def get_key(self, key_id: str) -> Any:
        return PUBLIC_KEY if key_id == KEY_ID else None


def claims(role: str = "customer", **changes: Any) -> dict[str, Any]:
    """The claims of a good token; a change to None takes a claim out."""
    now = int(time.time())
    good = {
        "sub": str(uuid4()),
        "role": role,
        "iss": "shop-users",
        "aud": "shop",
        "iat": now,
        "exp": now + 900,
        "jti": uuid4().hex,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def access_token(
    role: str = "customer", *, key: Any = PRIVATE_KEY, key_id: str = KEY_ID, **changes: Any
) -> str:
    return jwt.encode(claims(role, **changes), key, algorithm="RS256", headers={"kid": key_id})


def jwk(key_id: str = KEY_ID, public_key: Any = PUBLIC_KEY) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public_key))
    return made | {"kid": key_id, "use": "sig", "alg": "RS256"}
