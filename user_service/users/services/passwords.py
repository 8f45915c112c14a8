"""Passwords: which are good enough, and whether one is right."""

from typing import Any, cast

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from users.errors import WeakPassword, WrongPassword
from users.models import User
from users.services import throttle


def hashed(password: str, *, email: str | None, name: str, field: str = "password") -> str:
    """What is kept of a new password. Raises WeakPassword, which names `field`, for one that is easy to guess."""
    try:
        validate_password(password, user=cast(Any, User(email=email, name=name)))
    except ValidationError as broken_rules:
        raise WeakPassword(field, broken_rules) from broken_rules
    return make_password(password)


def prove(user: User | None, *, email: str, password: str, address: str) -> bool:
    """Whether this is the password of that active user, with the same work and the same count of failures for everybody.

    Raises TooManySignIns instead of saying no once more; a right password is never refused.
    """
    right = check_password(password, user.password if user else "")  # hashes something even where there is no hash
    if right and user and user.is_active:
        throttle.forget(email)
        return True
    throttle.count(email, address)
    return False


def confirm(user: User, *, current_password: str, address: str) -> None:
    """Somebody with nothing but an access token must not get at more. Raises WrongPassword or TooManySignIns."""
    if not prove(user, email=user.email or "", password=current_password, address=address):
        raise WrongPassword
