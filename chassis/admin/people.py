"""What Django's admin asks of a user."""

from dataclasses import dataclass
from typing import ClassVar, cast
from uuid import UUID

from django.http import HttpRequest


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


def staff_of(request: HttpRequest) -> Staff:
    """Who sent the request; for pages behind admin_view."""
    return cast(Staff, request.user)
