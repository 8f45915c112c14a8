"""Calls to the user service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.dateparse import parse_datetime

from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from orders.clients.reading import text
from orders.errors import AddressNotFound, NotStaffAnyMore, TokenRefused
from orders.models import ADDRESS_LONGEST, ADDRESS_NEEDED

Address = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Closure:
    """An account that its owner closed."""

    user_id: UUID
    closed_at: datetime


class UserClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def address(self, address_id: UUID, *, token: str, timeout: float) -> Address:
        """A copy from the address book of the access token's user.

        Raises AddressNotFound, TokenRefused or UpstreamUnavailable.
        """
        row = self._get(
            f"/api/users/me/addresses/{address_id}/",
            timeout,
            token,
            address_not_found=AddressNotFound,
        )
        try:
            return {
                name: text(row[name], longest, int(name in ADDRESS_NEEDED))
                for name, longest in ADDRESS_LONGEST.items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise _invalid_response(error) from error

    def with_email(self, email: str, *, token: str, timeout: float) -> UUID | None:
        """The id of the account with this e-mail address, in any case; for staff.

        Raises TokenRefused, NotStaffAnyMore or UpstreamUnavailable.
        """
        path = f"/api/users/?page_size=100&search={quote(email, safe='')}"
        page = self._get(path, timeout, token, permission_denied=NotStaffAnyMore)
        try:
            found = [
                UUID(row["id"])
                for row in page["results"]
                if (row["email"] or "").lower() == email.lower()
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _invalid_response(error) from error
        return found[0] if found else None

    def closed(self, page: str, *, timeout: float) -> tuple[list[Closure], str]:
        """A page of the accounts that were closed, and the query of the next, empty after the last. Raises UpstreamUnavailable."""
        answer = self._get(f"/api/users/closed/?{page}", timeout)
        try:
            rows = [
                Closure(UUID(row["id"]), _moment(row["closed_at"])) for row in answer["results"]
            ]
            return rows, (answer["next"] or "").partition("?")[2]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _invalid_response(error) from error

    def _get(
        self, path: str, timeout: float, token: str | None = None, **known: Callable[[], Exception]
    ) -> Any:
        """`known`: our exception for each expected error code."""
        try:
            return self._http.request("GET", path, timeout=timeout, caller=token)
        except UpstreamError as error:
            if token and error.problem.get("status") == 401:
                raise TokenRefused from error
            if error.code in known:
                raise known[error.code]() from error
            raise UpstreamUnavailable(f"the user service rejected: {error.code}") from error


def _moment(value: Any) -> datetime:
    """Raises TypeError or ValueError for what is no moment."""
    found = parse_datetime(value)
    if found is None or found.tzinfo is None:
        raise ValueError("not a moment")
    return found


def _invalid_response(error: Exception) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"the user service gave an invalid response: {error!r}")
