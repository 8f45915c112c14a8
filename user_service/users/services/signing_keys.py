"""Creating and rotating the keys that sign access tokens.

time ──→   published      signs                              retired            deleted by a later
           │← 1 minute ──→│← until the next key is active   │← 16 minutes →│     rotation
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

KEY_BITS = 2048


def ensure() -> None:
    """Create a key if none can sign: there is none, or DJANGO_SECRET_KEY has changed."""
    if not any(private_key(key) for key in SigningKey.objects.published().filter(retired_at=None)):
        rotate()


def rotate() -> SigningKey:
    """Publish a new key, retire the others when it becomes active, delete expired ones."""
    key = generate()
    with transaction.atomic():
        SigningKey.objects.expired().delete()
        SigningKey.objects.filter(retired_at=None).update(
            retired_at=Now() + SigningKey.ACTIVATION_DELAY
        )
        key.save(force_insert=True)
    return key


def generate() -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_passphrase()),
    )
    numbers: dict[str, Any] = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk = {"kty": "RSA", "n": numbers["n"], "e": numbers["e"]}
    kid = thumbprint(jwk)
    return SigningKey(
        kid=kid,
        private_key=pem.decode(),
        public_jwk=jwk | {"use": "sig", "alg": ALGORITHM, "kid": kid},
    )


def private_key(key: SigningKey) -> rsa.RSAPrivateKey | None:
    """None if it cannot be decrypted with this DJANGO_SECRET_KEY."""
    try:
        private = serialization.load_pem_private_key(key.private_key.encode(), _passphrase())
    except ValueError:
        return None
    return private if isinstance(private, rsa.RSAPrivateKey) else None


def _passphrase() -> bytes:
    return salted_hmac("users.signing_keys", "passphrase", algorithm="sha256").hexdigest().encode()


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638."""
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
