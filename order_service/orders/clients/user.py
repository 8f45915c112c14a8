"""Client of the user service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.dateparse import parse_datetime

from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from orders.clients.validation import require_text
from orders.errors import AddressNotFound, StaffRoleRevoked, UpstreamTokenRejected
from orders.models import ADDRESS_FIELDS

Address = Mapping[str, str]
INVALID_RESPONSE_ERRORS = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class ClosedAccountRow:
    user_id: UUID
    closed_at: datetime


class UserClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def get_address(self, address_id: UUID, *, token: str, timeout: float) -> Address:
        """An address from the address book of the access token's user.

        Raises AddressNotFound, UpstreamTokenRejected or UpstreamUnavailable.
        """
        path = f"/api/users/me/addresses/{address_id}/"
        row = self._get(path, timeout, token, address_not_found=AddressNotFound)
        try:
            return {
                name: require_text(row[name], field.max_length, int(field.is_required))
                for name, field in ADDRESS_FIELDS.items()
            }
        except INVALID_RESPONSE_ERRORS as error:
            raise _invalid_response(error) from error

    def find_user_by_email(self, email: str, *, token: str, timeout: float) -> UUID | None:
        """The id of the account with this e-mail address, ignoring case. Needs a staff token.

        Raises UpstreamTokenRejected, StaffRoleRevoked or UpstreamUnavailable.
        """
        path = f"/api/users/?page_size=100&search={quote(email, safe='')}"
        page = self._get(path, timeout, token, permission_denied=StaffRoleRevoked)
        try:
            ids = [
                UUID(row["id"])
                for row in page["results"]
                if (row["email"] or "").lower() == email.lower()
            ]
        except INVALID_RESPONSE_ERRORS as error:
            raise _invalid_response(error) from error
        return ids[0] if ids else None

    def list_closed_accounts(
        self, query: str, *, timeout: float
    ) -> tuple[list[ClosedAccountRow], str]:
        """A page of closed accounts, and the query of the next page, empty after the last.

        Raises UpstreamUnavailable.
        """
        page = self._get(f"/api/users/closed/?{query}", timeout)
        try:
            rows = [
                ClosedAccountRow(UUID(row["id"]), _parse_time(row["closed_at"]))
                for row in page["results"]
            ]
            return rows, (page["next"] or "").partition("?")[2]
        except INVALID_RESPONSE_ERRORS as error:
            raise _invalid_response(error) from error

    def _get(
        self,
        path: str,
        timeout: float,
        token: str | None = None,
        **errors_by_code: Callable[[], Exception],
    ) -> Any:
        try:
            return self._http.request("GET", path, timeout=timeout, user_token=token)
        except UpstreamError as error:
            if token and error.problem.get("status") == 401:
                raise UpstreamTokenRejected from error
            if error.code in errors_by_code:
                raise errors_by_code[error.code]() from error
            raise UpstreamUnavailable(f"the user service rejected: {error.code}") from error


def _parse_time(value: Any) -> datetime:
    """Raises TypeError or ValueError."""
    time = parse_datetime(value)
    if time is None or time.tzinfo is None:
        raise ValueError("not a time with a time zone")
    return time


def _invalid_response(error: Exception) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"the user service gave an invalid response: {error!r}")
