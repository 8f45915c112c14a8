"""Registering, changing and closing an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from users.errors import (
    AccountInactive,
    CurrentPasswordRequired,
    EmailTaken,
    LastStaff,
    WrongPassword,
)
from users.models import OutgoingMail, User
from users.services import (
    addresses,
    email_outbox,
    login_throttle,
    password_resets,
    passwords,
    sessions,
)
from users.services.password_hashing import USER_POOL
from users.services.rate_limit import Limit, client_key

REGISTRATION_LIMIT = Limit("registration", 60, timedelta(minutes=1))


def register_from(*, address: str, email: str, password: str, name: str = "") -> User:
    """Raises RateLimited before it hashes the password, else as `register`."""
    REGISTRATION_LIMIT.hit(client_key(address))
    return register(email=email, password=password, name=name)


def register(
    *,
    email: str,
    password: str,
    name: str = "",
    role: User.Role = User.Role.CUSTOMER,
    **fixed: Any,
) -> User:
    """`fixed`: an `id` and a `created_at` for demo data. Raises WeakPassword or EmailTaken."""
    password_hash = passwords.hash_password(password, email=email, name=name)
    with _unique_email():
        return User.objects.create(
            email=email, name=name, role=role, password=password_hash, **fixed
        )


def change_profile(*, user: User, address: str, current_password: str = "", **changes: str) -> User:
    """Change `name` or `email`. A new e-mail address, which can reset the password, requires
    the current password.

    Raises CurrentPasswordRequired, WrongPassword, LoginThrottled, EmailTaken or AccountInactive.
    """
    email_changes = changes.get("email", user.email) != user.email
    if email_changes:
        if not current_password:
            raise CurrentPasswordRequired
        passwords.require_current_password(user, current_password=current_password, address=address)
    with _unique_email():
        _update(user.pk, **changes)
        if email_changes:
            password_resets.invalidate(user_id=user.pk)  # its mail went to the old address
            email_outbox.enqueue(OutgoingMail.Kind.EMAIL_CHANGED, user.email, changes["email"])
    return User.objects.get(pk=user.pk)


def change_password(
    *, user: User, session_id: UUID, current_password: str, new_password: str, address: str
) -> None:
    """Ends every session but this one. Raises WrongPassword, LoginThrottled or WeakPassword."""
    passwords.require_current_password(user, current_password=current_password, address=address)
    password_hash = passwords.hash_password(
        new_password, email=user.email, name=user.name, field="new_password", pool=USER_POOL
    )
    _replace_password(user, password_hash, session_id)


@transaction.atomic
def _replace_password(user: User, password_hash: str, session_id: UUID) -> None:
    """Replace the hash only if it is still the one that was checked (optimistic locking)."""
    unchanged = User.objects.filter(pk=user.pk, password=user.password)
    if not unchanged.update(password=password_hash, updated_at=Now()):
        raise WrongPassword
    sessions.revoke_all(user_id=user.pk, keep=session_id)
    password_resets.invalidate(user_id=user.pk)
    email_outbox.enqueue(OutgoingMail.Kind.PASSWORD_CHANGED, user.email)


def close_own_account(*, user: User, current_password: str, address: str) -> None:
    """Raises WrongPassword, LoginThrottled or LastStaff."""
    passwords.require_current_password(user, current_password=current_password, address=address)
    close_account(user_id=user.pk)


@transaction.atomic
def close_account(*, user_id: UUID) -> None:
    """Erase the personal data and end every session. Raises LastStaff."""
    ensure_other_staff(than=user_id)
    locked = User.objects.select_for_update(no_key=True).filter(pk=user_id)
    email = locked.values_list("email", flat=True).first() or ""
    _update(user_id, email=None, name="", password="", is_active=False)
    sessions.revoke_all(user_id=user_id)
    addresses.delete_all(user_id=user_id)
    password_resets.delete_all(user_id=user_id, email=email)
    login_throttle.clear(email)


def ensure_other_staff(*, than: UUID) -> None:
    """Raises LastStaff if there is no other active staff account.

    Locks all staff accounts in one order, so that two of them cannot leave at the same time.
    """
    staff = User.objects.active_staff().select_for_update(no_key=True).order_by("pk")
    if list(staff.values_list("pk", flat=True)) == [than]:
        raise LastStaff


def _update(user_id: UUID, **changes: Any) -> None:
    if not User.objects.filter(pk=user_id, is_active=True).update(**changes, updated_at=Now()):
        raise AccountInactive


@contextmanager
def _unique_email() -> Iterator[None]:
    """Raise EmailTaken when the unique constraint is violated; checking first would be a race."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "email_is_unique" not in str(error):
            raise
        raise EmailTaken from error
