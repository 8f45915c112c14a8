"""Login at the user service. The session stores the tokens; there is no other password."""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import load_backend, user_logged_in, user_logged_out
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from chassis.problems import NotAuthenticated, PermissionDenied, Problem

Tokens = dict[str, str]
"""`access` and `refresh`."""


class StaffBackend(ModelBackend):
    """Each call raises NotAuthenticated, TooManyRequests or ServiceUnavailable."""

    def login(self, *, email: str, password: str, address: str) -> Tokens:
        raise NotImplementedError

    def refresh(self, token: str) -> Tokens:
        raise NotImplementedError

    def revoke(self, token: str) -> None:
        raise NotImplementedError

    def authenticate(
        self, request: Any, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        """The local user row has the account's id and no password or personal data."""
        address = request.META["REMOTE_ADDR"]
        tokens = self.login(email=username, password=password, address=address)
        account = _account(tokens["access"])
        if not account.is_staff:
            self.revoke(tokens["refresh"])
            raise PermissionDenied("This account is not a staff account.")
        rights = {"password": "!", "is_staff": True, "is_superuser": True}
        user, _ = User.objects.get_or_create(username=str(account.id), defaults=rights)
        vars(user)["session"] = tokens | {"email": username}
        return user


def is_still_staff(session: Any) -> bool:
    """Refreshes the tokens when the access token has expired. Raises ServiceUnavailable."""
    with suppress(AuthenticationFailed):
        return bool(_account(session["access"]).is_staff)
    try:
        session.update(_backend().refresh(session["refresh"]))
        return bool(_account(session["access"]).is_staff)
    except (NotAuthenticated, AuthenticationFailed):
        return False


def staff_id(request: HttpRequest) -> UUID:
    """The account id of the staff member who sent the request."""
    return UUID(request.user.get_username())


@receiver(user_logged_in)
def _store_tokens(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    request.session.clear_expired()
    request.session.update(user.session)


@receiver(user_logged_out)
def _revoke_tokens(request: HttpRequest, **kwargs: Any) -> None:
    """If the user service is unreachable, the refresh token is dropped without revoking it."""
    with suppress(Problem):
        _backend().revoke(request.session.get("refresh", ""))


def _backend() -> StaffBackend:
    return cast(StaffBackend, load_backend(settings.AUTHENTICATION_BACKENDS[0]))


def _account(access: str) -> Any:
    """Verified by the class that authenticates API requests. Raises AuthenticationFailed."""
    authentication: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES[0]
    return authentication().get_user_from_token(access)
