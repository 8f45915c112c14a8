"""Making and rotating the keys that sign access tokens.

time ──→   published      signs                              retired            deleted with a later rotation
           │← a minute →│←     until the next one is ripe    │← 16 minutes →│
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from jwt.algorithms import RSAAlgorithm

from chassis.tokens import ALGORITHM
from users.models import SigningKey

BITS = 2048


def ensure() -> None:
    """See that there is a key to sign with; one that was encrypted with another DJANGO_SECRET_KEY is of no use."""
    if not any(private_key(key) for key in SigningKey.objects.published().filter(retired_at=None)):
        rotate()


@transaction.atomic
def rotate() -> SigningKey:
    """Publish a new key. The others retire when it is ripe; those that no token in use was signed with are deleted."""
    SigningKey.objects.outlived().delete()
    SigningKey.objects.filter(retired_at=None).update(
        retired_at=Now() + SigningKey.KNOWN_BEFORE_USE
    )
    fresh = generated()
    fresh.save(force_insert=True)
    return fresh


def generated() -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_passphrase()),
    )
    numbers: dict[str, Any] = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk = {"kty": "RSA", "n": numbers["n"], "e": numbers["e"]}
    kid = _thumbprint(jwk)
    return SigningKey(
        kid=kid,
        private_key=pem.decode(),
        public_jwk=jwk | {"use": "sig", "alg": ALGORITHM, "kid": kid},
    )


def private_key(key: SigningKey) -> rsa.RSAPrivateKey | None:
    """None where it cannot be decrypted: DJANGO_SECRET_KEY is not the one it was made with."""
    try:
        opened = serialization.load_pem_private_key(key.private_key.encode(), _passphrase())
    except ValueError:
        return None
    return opened if isinstance(opened, rsa.RSAPrivateKey) else None


def _passphrase() -> bytes:
    return salted_hmac("users.signing_keys", "passphrase", algorithm="sha256").hexdigest().encode()


def _thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638."""
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
