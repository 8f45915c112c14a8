"""Opening, changing and closing an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from users.errors import AccountInactive, EmailTaken, LastStaff, PasswordNeeded, WrongPassword
from users.hashers import SIGNED_IN
from users.models import OutgoingMail, User
from users.services import addresses, login_throttle, passwords, resets, sessions
from users.services.rate_limit import Limit, client

REGISTRATIONS = Limit("registration", 60, timedelta(minutes=1))


def register_from(*, address: str, email: str, password: str, name: str = "") -> User:
    """Raises RateLimited, before any work is done, or as `register`."""
    REGISTRATIONS.hit(client(address))
    return register(email=email, password=password, name=name)


def register(
    *,
    email: str,
    password: str,
    name: str = "",
    role: User.Role = User.Role.CUSTOMER,
    **origin: Any,
) -> User:
    """`origin`: `id` and `created_at`, where they are not to be made now. Raises WeakPassword or EmailTaken."""
    password_hash = passwords.hashed(password, email=email, name=name)
    with _taken_email_refused():
        return User.objects.create(
            email=email, name=name, role=role, password=password_hash, **origin
        )


def change_profile(*, user: User, address: str, current_password: str = "", **changes: str) -> User:
    """Change `name` or `email`; the e-mail address, which passwords are reset by, only with the current password.

    Raises PasswordNeeded, WrongPassword, TooManySignIns, EmailTaken or AccountInactive.
    """
    moves = changes.get("email", user.email) != user.email
    if moves:
        if not current_password:
            raise PasswordNeeded
        passwords.confirm(user, current_password=current_password, address=address)
    with _taken_email_refused():
        _update(user.pk, **changes)
        if moves:
            resets.void(user_id=user.pk)  # the mail went to the old address
            OutgoingMail.queue(OutgoingMail.Kind.EMAIL_CHANGED, user.email, changes["email"])
    return User.objects.get(pk=user.pk)


@transaction.atomic
def _replace_password(user: User, password_hash: str, login_id: UUID) -> None:
    """Only the password that was checked: of two changes at once, one comes too late."""
    if not User.objects.filter(pk=user.pk, password=user.password).update(
        password=password_hash, updated_at=Now()
    ):
        raise WrongPassword
    sessions.end_all(user_id=user.pk, keep=login_id)
    resets.void(user_id=user.pk)
    OutgoingMail.queue(OutgoingMail.Kind.PASSWORD_CHANGED, user.email)


def change_password(
    *, user: User, login_id: UUID, current_password: str, new_password: str, address: str
) -> None:
    """Ends every login but this one. Raises WrongPassword, TooManySignIns or WeakPassword."""
    passwords.confirm(user, current_password=current_password, address=address)
    password_hash = passwords.hashed(
        new_password, email=user.email, name=user.name, field="new_password", pool=SIGNED_IN
    )
    _replace_password(user, password_hash, login_id)


def close_own(*, user: User, current_password: str, address: str) -> None:
    """Raises WrongPassword, TooManySignIns or LastStaff."""
    passwords.confirm(user, current_password=current_password, address=address)
    close(user_id=user.pk)


@transaction.atomic
def close(*, user_id: UUID) -> None:
    """Erase the person, end every login; the address is free again. Raises LastStaff."""
    keep_a_member_of_staff(without=user_id)
    email = (
        User.objects.select_for_update(no_key=True)
        .filter(pk=user_id)
        .values_list("email", flat=True)
        .first()
        or ""
    )
    _update(user_id, email=None, name="", password="", is_active=False)
    sessions.end_all(user_id=user_id)
    addresses.erase(user_id=user_id)
    resets.forget(user_id=user_id, email=email)
    login_throttle.clear(email)


def keep_a_member_of_staff(*, without: UUID) -> None:
    """Raises LastStaff if nobody else is. Everyone's row is locked, in one order, for two might leave at the same time."""
    staff = User.objects.active_staff().select_for_update(no_key=True).order_by("pk")
    if list(staff.values_list("pk", flat=True)) == [without]:
        raise LastStaff


def _update(user_id: UUID, **changes: Any) -> None:
    if not User.objects.filter(pk=user_id, is_active=True).update(**changes, updated_at=Now()):
        raise AccountInactive


@contextmanager
def _taken_email_refused() -> Iterator[None]:
    """The constraint decides, for whoever looks first and writes afterwards may be too late."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "email_is_unique" not in str(error):
            raise
        raise EmailTaken from error
