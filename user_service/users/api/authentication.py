"""Who is asking, as this service sees it: it has the accounts, so a token is good for as long as its login is open."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from chassis import tokens
from chassis.authentication import AuthenticatedUser, UserAuthentication
from users.models import User
from users.services import sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(AuthenticatedUser):
    """A user as he is now: the role is that of the account, not that of the token."""

    login_id: UUID
    user: User


def signed_in(request: Request) -> SignedIn:
    """Of a view for IsAuthenticated."""
    return cast(SignedIn, request.user)


class LoginAuthentication(UserAuthentication):
    def caller(self, token: str) -> SignedIn:
        claimed = super().caller(token)
        login = sessions.open_login(login_id=UUID(tokens.verify(token)["sid"]), user_id=claimed.id)
        if login is None:
            raise AuthenticationFailed(
                "The login of this access token is over", code="invalid_token"
            )
        return SignedIn(id=login.user.pk, role=login.user.role, login_id=login.pk, user=login.user)
