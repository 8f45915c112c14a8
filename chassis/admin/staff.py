"""Who is at the desk. The session holds the tokens of a login, and they are looked at with each request, as the API looks at them."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from chassis.admin.issuer import Tokens, issuer
from chassis.problems import NotAllowed, Problem, Unauthenticated

log = logging.getLogger("admin")


@dataclass(frozen=True, slots=True)
class Staff:
    """What Django's admin asks of a user. Whoever is staff may do all there is to do here, as in the API."""

    id: UUID
    email: str
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    has_usable_password: ClassVar[bool] = False
    """To change here, which the pages would offer."""

    def get_username(self) -> str:
        return self.email

    def has_perm(self, permission: str, row: object = None) -> bool:
        return True

    def has_module_perms(self, app_label: str) -> bool:
        return True


class Nobody:
    is_active = is_staff = is_authenticated = has_usable_password = False
    is_anonymous = True

    def get_username(self) -> str:
        return ""

    def has_perm(self, permission: str, row: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class NotStaff(NotAllowed):
    detail = "This account is not one of the staff's."


def sign_in(session: SessionBase, *, email: str, password: str, address: str) -> Staff:
    """Begin a session. Raises Unauthenticated, TooManyRequests, ServiceUnavailable or NotStaff."""
    tokens = issuer().sign_in(email=email, password=password, address=address)
    staff = _staff(tokens.access, email)
    if staff is None:
        _end(tokens.refresh)
        raise NotStaff
    session.flush()  # nothing of what was in it before goes along
    _keep(session, tokens, email)
    log.info("signed in", extra={"actor": str(staff.id)})
    return staff


def at_the_desk(session: SessionBase) -> Staff | Nobody:
    """Whose session it is, renewed when the access token has run out. Raises ServiceUnavailable when that cannot be found out."""
    if "access" not in session:
        return Nobody()
    try:
        staff = _staff(session["access"], session["email"])
    except AuthenticationFailed:
        staff = _renewed(session)
    if staff is None:
        sign_out(session)
    return staff or Nobody()


def sign_out(session: SessionBase) -> None:
    """End the session and its login; the login ends by itself a little later if nobody can be told."""
    refresh = session.get("refresh")
    session.flush()
    if refresh:
        _end(refresh)


def _renewed(session: SessionBase) -> Staff | None:
    """None when the login is over: signed out, account closed, or the token spent by somebody else."""
    try:
        tokens = issuer().renew(refresh=session["refresh"])
    except Unauthenticated:
        return None
    _keep(session, tokens, session["email"])
    return _staff(tokens.access, session["email"])


def _staff(access: str, email: str) -> Staff | None:
    """Verified by what verifies the API's callers. None for a customer. Raises AuthenticationFailed or ServiceUnavailable."""
    caller = api_settings.DEFAULT_AUTHENTICATION_CLASSES[0]().caller(access)
    return Staff(caller.id, email) if caller.is_staff else None


def _keep(session: SessionBase, tokens: Tokens, email: str) -> None:
    session.update({"access": tokens.access, "refresh": tokens.refresh, "email": email})


def _end(refresh: str) -> None:
    with suppress(Problem):
        issuer().end(refresh=refresh)
