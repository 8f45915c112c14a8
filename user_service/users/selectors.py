"""Reads: users and their search, address books, active sessions, closed accounts, public keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from users.errors import AddressNotFound, UserNotFound
from users.models import Address, Session, SigningKey, User


def get_user(user_id: UUID) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


def search_users(
    *,
    search: str = "",
    ids: list[UUID] | None = None,
    role: str | None = None,
    is_active: bool | None = None,
) -> tuple[QuerySet[User], str]:
    """The matching users and their ordering: newest first, or with a search by the best match."""
    filters = {"pk__in": ids, "role": role, "is_active": is_active}
    given = {name: value for name, value in filters.items() if value is not None}
    users = User.objects.filter(**given)
    return (users.search(search), "prefix") if search.strip() else (users, "-id")


def list_closed_accounts(*, after: datetime) -> QuerySet[User]:
    """Closed accounts never change again, so `updated_at` is the time of closing."""
    return User.objects.filter(email__isnull=True, updated_at__gt=after)


def list_addresses(*, user_id: UUID) -> QuerySet[Address]:
    return Address.objects.filter(user_id=user_id)


def get_address(*, user_id: UUID, address_id: UUID) -> Address:
    """Raises AddressNotFound, also for an address of another user."""
    address = list_addresses(user_id=user_id).filter(pk=address_id).first()
    if address is None:
        raise AddressNotFound
    return address


def get_active_session(*, session_id: UUID, user_id: UUID) -> Session | None:
    """The session with its user; None if it has ended or the account is closed or deactivated."""
    sessions = Session.objects.select_related("user")
    active = sessions.filter(ended_at=None, user__is_active=True)
    return active.filter(pk=session_id, user_id=user_id).first()


def list_public_keys() -> list[dict[str, Any]]:
    """The JSON Web Keys of all published signing keys."""
    return list(SigningKey.objects.published().values_list("public_jwk", flat=True))
