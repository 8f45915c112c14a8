"""What staff may see and change of everybody, and the first of them."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from users.errors import AccountClosed, EmailTaken, UnknownUser
from users.models import User
from users.services import accounts, resets, sessions


def user_of(user_id: UUID) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise UnknownUser
    return user


def found(
    *,
    search: str = "",
    ids: list[UUID] | None = None,
    role: str | None = None,
    is_active: bool | None = None,
) -> tuple[QuerySet[User], str]:
    """The users that fit, and what they are ordered by: the newest first, or the best match when something is searched for."""
    filters = {"pk__in": ids, "role": role, "is_active": is_active}
    wanted = {name: value for name, value in filters.items() if value is not None}
    users = User.objects.filter(**wanted)
    return (users.found_by(search), "key") if search.strip() else (users, "-id")


@transaction.atomic
def change(*, user_id: UUID, **changes: Any) -> User:
    """Change `role` or `is_active`. Whoever is deactivated is signed out. Raises UnknownUser, LastStaff or AccountClosed."""
    if changes.get("role") == User.Role.CUSTOMER or changes.get("is_active") is False:
        accounts.keep_a_member_of_staff(without=user_id)
    found = User.objects.filter(pk=user_id, email__isnull=False).update(**changes, updated_at=Now())
    user = user_of(user_id)
    if not found:
        raise AccountClosed
    if not user.is_active:
        sessions.end_all(user_id=user_id)
        resets.void(user_id=user_id)
    return user


def ensure_first(*, email: str, password: str) -> None:
    """The member of staff who lets in all others, unless there is such an account, whatever has become of it."""
    if User.objects.with_email(email).exists():
        return
    try:
        accounts.register(email=email, password=password, role=User.Role.STAFF)
    except EmailTaken:  # somebody registers at this very moment
        return
