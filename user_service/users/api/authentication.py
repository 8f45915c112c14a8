"""Authentication against the stored session and account, not only against the access token."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from chassis import tokens
from chassis.authentication import AuthenticatedUser, UserAuthentication
from users import selectors
from users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentUser(AuthenticatedUser):
    """The role is that of the account, which may differ from that in the token."""

    session_id: UUID
    user: User


def current_user(request: Request) -> CurrentUser:
    """For views with the permission IsAuthenticated."""
    return cast(CurrentUser, request.user)


class ActiveSessionAuthentication(UserAuthentication):
    def get_user_from_token(self, token: str) -> CurrentUser:
        claimed = super().get_user_from_token(token)
        session = selectors.get_active_session(
            session_id=UUID(tokens.verify(token)["sid"]), user_id=claimed.id
        )
        if session is None:
            raise AuthenticationFailed(
                "The session of this access token has ended", code="invalid_token"
            )
        user = session.user
        return CurrentUser(id=user.pk, role=user.role, session_id=session.pk, user=user)
