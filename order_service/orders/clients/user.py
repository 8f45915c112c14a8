"""The phone to the user service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.dateparse import parse_datetime

from chassis.http_client import HttpClient, Refused, Unavailable
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

    def address(self, address_id: UUID, *, token: str, within: float) -> Address:
        """A copy from the address book of whoever the access token is of. Raises AddressNotFound, TokenRefused or Unavailable."""
        row = self._ask(f"/api/users/me/addresses/{address_id}/", within, token, address_not_found=AddressNotFound)
        try:
            return {name: text(row[name], longest, int(name in ADDRESS_NEEDED)) for name, longest in ADDRESS_LONGEST.items()}
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from error

    def with_email(self, email: str, *, token: str, within: float) -> UUID | None:
        """Whose e-mail address this is, in whatever case; for staff. Raises TokenRefused, NotStaffAnyMore or Unavailable."""
        path = f"/api/users/?page_size=100&search={quote(email, safe='')}"
        page = self._ask(path, within, token, permission_denied=NotStaffAnyMore)
        try:
            found = [UUID(row["id"]) for row in page["results"] if (row["email"] or "").lower() == email.lower()]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _nonsense(error) from error
        return found[0] if found else None

    def closed(self, page: str, *, within: float) -> tuple[list[Closure], str]:
        """A page of the accounts that were closed, and the query of the next, empty after the last. Raises Unavailable."""
        answer = self._ask(f"/api/users/closed/?{page}", within)
        try:
            rows = [Closure(UUID(row["id"]), _moment(row["closed_at"])) for row in answer["results"]]
            return rows, (answer["next"] or "").partition("?")[2]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _nonsense(error) from error

    def _ask(self, path: str, within: float, token: str | None = None, **known: Callable[[], Exception]) -> Any:
        """`known`: by their code, the refusals that make sense here, as ours."""
        try:
            return self._http.request("GET", path, within=within, caller=token)
        except Refused as refused:
            if token and refused.problem.get("status") == 401:
                raise TokenRefused from refused
            if refused.code in known:
                raise known[refused.code]() from refused
            raise Unavailable(f"the user service refused: {refused.code}") from refused


def _moment(value: Any) -> datetime:
    """Raises TypeError or ValueError for what is no moment."""
    found = parse_datetime(value)
    if found is None or found.tzinfo is None:
        raise ValueError("not a moment")
    return found


def _nonsense(error: Exception) -> Unavailable:
    return Unavailable(f"the user service answered nonsense: {error!r}")
