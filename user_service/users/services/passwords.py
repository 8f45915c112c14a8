"""Password strength and verification. Passwords are compared in Unicode's form NFC."""

import unicodedata
from typing import Any, cast

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from users.errors import HashPoolFull, WeakPassword, WrongPassword
from users.models import User
from users.services import login_throttle
from users.services.password_hashing import ANONYMOUS_POOL, USER_POOL, HashPool


def hash_password(
    password: str,
    *,
    email: str | None,
    name: str,
    field: str = "password",
    pool: HashPool = ANONYMOUS_POOL,
) -> str:
    """The hash of a new password. Raises HashPoolFull, or WeakPassword for `field`."""
    password = _normalize(password)
    try:
        validate_password(password, user=cast(Any, User(email=email, name=name)))
    except ValidationError as broken_rules:
        raise WeakPassword(field, broken_rules) from broken_rules
    return pool.run(make_password, password)


def verify_password(user: User | None, *, email: str, password: str, address: str) -> bool:
    """Whether this is the password of an active user; as slow and as limited without a user.

    Raises LoginThrottled or HashPoolFull before it checks the password.
    """
    login_throttle.reserve(email=email, address=address)
    try:
        matches = ANONYMOUS_POOL.run(_matches, password, user.password if user else "")
    except HashPoolFull:
        login_throttle.release(email=email, address=address)
        raise
    if matches and user and user.is_active:
        login_throttle.succeed(email=email, address=address)
        return True
    return False


def require_current_password(user: User, *, current_password: str, address: str) -> None:
    """For changes that an access token alone does not allow.

    Raises WrongPassword, LoginThrottled or HashPoolFull.
    """
    email = user.email or ""
    login_throttle.reserve_confirmation(email=email, address=address)
    if not USER_POOL.run(_matches, current_password, user.password):
        raise WrongPassword
    login_throttle.clear(email)


def _matches(password: str, stored: str) -> bool:
    """Hashes once even without a stored hash.

    Also accepts the password as typed: the hash may be older than the normalization.
    """
    return any(
        check_password(form, stored) for form in dict.fromkeys((_normalize(password), password))
    )


def _normalize(password: str) -> str:
    return unicodedata.normalize("NFC", password)
