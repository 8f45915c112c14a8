"""Passwords: which are strong enough, and whether one is right. They are compared in Unicode's form NFC."""

import unicodedata
from typing import Any, cast

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from users.errors import Busy, WeakPassword, WrongPassword
from users.hashers import ANONYMOUS, SIGNED_IN, HashPool
from users.models import User
from users.services import login_throttle


def hashed(
    password: str,
    *,
    email: str | None,
    name: str,
    field: str = "password",
    pool: HashPool = ANONYMOUS,
) -> str:
    """The hash of a new password. Raises Busy, or WeakPassword, which names `field`, for one that is easy to guess."""
    password = _normalized(password)
    try:
        validate_password(password, user=cast(Any, User(email=email, name=name)))
    except ValidationError as broken_rules:
        raise WeakPassword(field, broken_rules) from broken_rules
    return pool.run(make_password, password)


def prove(user: User | None, *, email: str, password: str, address: str) -> bool:
    """Whether this is the password of that active user, with the same work and the same count for an unknown address.

    Raises TooManySignIns or Busy before the password is checked.
    """
    login_throttle.reserve(email=email, address=address)
    try:
        right = ANONYMOUS.run(_matches, password, user.password if user else "")
    except Busy:
        login_throttle.release(email=email, address=address)
        raise
    if right and user and user.is_active:
        login_throttle.succeed(email=email, address=address)
        return True
    return False


def confirm(user: User, *, current_password: str, address: str) -> None:
    """An access token alone must not be enough. Raises WrongPassword, TooManySignIns or Busy."""
    email = user.email or ""
    login_throttle.reserve_confirmation(email=email, address=address)
    if not SIGNED_IN.run(_matches, current_password, user.password):
        raise WrongPassword
    login_throttle.clear(email)


def _matches(password: str, stored: str) -> bool:
    """Without a stored hash the same work is done. A hash may be older than the normalization: then as typed matches, too."""
    return any(
        check_password(form, stored) for form in dict.fromkeys((_normalized(password), password))
    )


def _normalized(password: str) -> str:
    return unicodedata.normalize("NFC", password)
