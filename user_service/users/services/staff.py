"""Changes that staff make to other accounts, and the initial staff account."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from users.errors import AccountClosed, EmailTaken
from users.models import User
from users.selectors import get_user
from users.services import accounts, password_resets, sessions


@transaction.atomic
def change(*, user_id: UUID, **changes: Any) -> User:
    """Change `role` or `is_active`; deactivating ends all sessions.

    Raises UserNotFound, LastStaff or AccountClosed.
    """
    if changes.get("role") == User.Role.CUSTOMER or changes.get("is_active") is False:
        accounts.ensure_other_staff(than=user_id)
    changed = User.objects.filter(pk=user_id, email__isnull=False).update(
        **changes, updated_at=Now()
    )
    user = get_user(user_id)
    if not changed:
        raise AccountClosed
    if not user.is_active:
        sessions.revoke_all(user_id=user_id)
        password_resets.invalidate(user_id=user_id)
    return user


def ensure_initial_admin(*, email: str, password: str) -> None:
    """Register a staff account; an existing account with this address is left unchanged."""
    if User.objects.with_email(email).exists():
        return
    try:
        accounts.register(email=email, password=password, role=User.Role.STAFF)
    except EmailTaken:  # registered concurrently
        return
