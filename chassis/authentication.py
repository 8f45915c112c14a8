"""DRF authentication and permission classes for users and services."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from chassis import service_tokens, tokens
from chassis.context import HasMeta
from chassis.problems import ServiceUnavailable

STAFF = "staff"


@dataclass(frozen=True, slots=True)
class AuthenticatedUser:
    """A user with an access token."""

    id: UUID
    role: str
    is_authenticated: bool = True

    @property
    def is_staff(self) -> bool:
        return self.role == STAFF


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Another service, authenticated by a service token for one scope."""

    name: str
    scope: str
    is_authenticated: bool = True
    is_staff: bool = False


class UserAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        token = bearer_token(request)
        return None if token is None else (self.get_user_from_token(token), token)

    def get_user_from_token(self, token: str) -> Any:
        try:
            claims = tokens.verify(token)
        except tokens.InvalidToken as error:
            raise AuthenticationFailed(str(error), code="invalid_token") from error
        return AuthenticatedUser(UUID(claims["sub"]), str(claims["role"]))

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class OptionalUserAuthentication(UserAuthentication):
    """For public reads: a safe request with an invalid token is anonymous."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        try:
            return super().authenticate(request)
        except (AuthenticationFailed, ServiceUnavailable):
            if request.method in SAFE_METHODS:
                return None
            raise


class ServiceOrUserAuthentication(UserAuthentication):
    """`Authorization: Bearer` with a service token for this service or a user's access token."""

    def get_user_from_token(self, token: str) -> Any:
        if not service_tokens.is_service_token(token):
            return super().get_user_from_token(token)
        try:
            issuer, scope = service_tokens.verify(
                token, keys=settings.SERVICE_KEYS, audience=settings.SERVICE_NAME
            )
        except jwt.PyJWTError as error:
            raise AuthenticationFailed(
                "The service token is not valid", code="invalid_token"
            ) from error
        return ServiceAccount(issuer, scope)


class IsAuthenticated(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, AuthenticatedUser)


class IsStaff(BasePermission):
    message = "This is for staff."

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(getattr(request.user, "is_staff", False))


class IsStaffOrReadOnly(IsStaff):
    def has_permission(self, request: Request, view: Any) -> bool:
        is_405 = not hasattr(view, str(request.method).lower())  # for every user
        return request.method in SAFE_METHODS or is_405 or super().has_permission(request, view)


def get_current_user(request: Request) -> AuthenticatedUser:
    """The user who sent the request, for views that require one."""
    return cast(AuthenticatedUser, request.user)


def bearer_token(request: HasMeta) -> str | None:
    """The bearer token, None without a header. Raises AuthenticationFailed for other headers."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise AuthenticationFailed(
            "The Authorization header is not of the form 'Bearer <token>'", code="invalid_token"
        )
    return str(token.strip())
