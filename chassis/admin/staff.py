"""Who is at the desk. The session holds the tokens of a login, which are looked at with each request, as the API does."""

import logging
from contextlib import suppress
from typing import Any, cast

from django.contrib.sessions.backends.base import SessionBase
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from chassis.admin.issuer import Tokens, issuer
from chassis.admin.people import Nobody, Staff
from chassis.authentication import UserAuthentication
from chassis.problems import NotAllowed, Problem, Unauthenticated

log = logging.getLogger("admin")


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
    authentication: type[UserAuthentication] = cast(Any, api_settings.DEFAULT_AUTHENTICATION_CLASSES[0])
    caller = authentication().caller(access)
    return Staff(caller.id, email) if caller.is_staff else None


def _keep(session: SessionBase, tokens: Tokens, email: str) -> None:
    session.update({"access": tokens.access, "refresh": tokens.refresh, "email": email})


def _end(refresh: str) -> None:
    with suppress(Problem):
        issuer().end(refresh=refresh)
