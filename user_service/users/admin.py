"""What staff see in the admin. Of hashes, tokens and private keys nothing: a column is seen where it is named, and nowhere else."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chassis.admin.deeds import Deed
from chassis.admin.facts import Facts
from chassis.admin.people import Staff
from chassis.admin.telling import Table
from users.api.serializers.accounts import UserChangeRequest
from users.models import Login, SigningKey, User
from users.services import staff

LATEST = 20


def change(who: Staff, user: User, **changes: Any) -> User:
    return staff.change(user_id=user.pk, **changes)


class ActiveStaff(admin.SimpleListFilter):
    """The filter there is an index for."""

    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        return [("staff", "Active staff")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.active_staff() if self.value() == "staff" else queryset


@admin.register(User)
class UserPage(Facts):
    list_display = ("email", "name", "role", "is_active", "created_at")
    list_filter = (ActiveStaff,)
    shown = ("pk", *list_display, "updated_at")
    search_help_text = "How a word of the e-mail address or name begins, or an id."
    deeds = (
        Deed(
            name="access",
            label="Change role or access",
            do=change,
            asks=UserChangeRequest,
            starts_with=lambda user: {"role": user.role, "is_active": user.is_active},
            may=lambda user: not user.is_closed,
            warning="Whoever is deactivated is signed out. Another role counts elsewhere after 15 minutes at most.",
        ),
    )

    def found(self, rows: Any, term: str) -> Any:
        return super().found(rows, term) if self.can_hold("pk", term) else rows.found_by(term).order_by("key")

    def title_of(self, row: Any) -> str:
        return str(row.email or "Closed account")

    def tables(self, row: Any) -> Iterable[Table]:
        return [Table(f"The {LATEST} latest logins", row.logins.order_by("-pk")[:LATEST], ("pk", "created_at", "ended_at"))]


@admin.register(Login)
class LoginPage(Facts):
    list_display = ("pk", "user_id", "created_at", "ended_at")
    sought = ("pk", "user_id")
    search_help_text = "The id of a login or of a user."


@admin.register(SigningKey)
class SigningKeyPage(Facts):
    list_display = ("kid", "created_at", "retired_at")
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("private_key")
