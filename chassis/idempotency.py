"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib

from chassis.context import HasMeta
from chassis.problems import ValidationFailed

MAX_KEY_LENGTH = 255
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""For the OpenAPI document: a header value does not begin or end with spaces."""


def idempotency_key(request: HasMeta) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not (
        1 <= len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()
    ):
        raise ValidationFailed(
            "Idempotency-Key", f"Has to be 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        )
    return str(key) if key is not None else None


def fingerprint(*parts: bytes) -> str:
    """A hash of the request's bytes: the same JSON in another spelling has another fingerprint."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
