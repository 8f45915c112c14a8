"""The admin. It contains no hashes, tokens or private keys."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chassis.admin.actions import RequestForm
from chassis.admin.model_admin import IndexedFilter, StaffModelAdmin
from users.api.serializers.users import UserChangeRequest
from users.models import Session, SigningKey, User
from users.services import staff


class UserForm(RequestForm, forms.ModelForm):
    request_serializer = UserChangeRequest
    is_active = forms.BooleanField(required=False, help_text="Deactivating ends all sessions.")


class ActiveStaffFilter(IndexedFilter):
    title, parameter_name = "role", "who"
    choice = ("staff", "Active staff")
    condition = Q(role=User.Role.STAFF, is_active=True)


@admin.register(User)
class UserAdmin(StaffModelAdmin):
    form = UserForm
    list_display = ("account", "name", "role", "is_active", "created_at")
    list_filter = (ActiveStaffFilter,)
    fields = ("id", *list_display, "updated_at", "sessions")
    editable_fields = ("role", "is_active")
    search_help_text = "The start of a word of the e-mail address or name, or an id."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.is_closed)

    def search(self, rows: Any, term: str) -> Any:
        is_id = self.accepts("pk", term)
        return super().search(rows, term) if is_id else rows.search(term).order_by("prefix")

    @admin.display(description="e-mail address")
    def account(self, user: User) -> str:
        return str(user.email or "Closed account")

    def sessions(self, user: User) -> str:
        url = reverse("admin:users_session_changelist")
        return format_html('<a href="{}?{}">Sessions</a>', url, urlencode({"q": user.pk}))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        staff.change(user_id=obj.pk, **form.validated)


@admin.register(Session)
class SessionAdmin(StaffModelAdmin):
    list_display = ("id", "email", "created_at", "ended_at")
    list_select_related = ("user",)
    fields = (*list_display, "user_id")
    search_columns = ("pk", "user_id")
    search_help_text = "The id of a session or of a user."

    @admin.display(description="user")
    def email(self, session: Session) -> str:
        return str(session.user.email or session.user_id)


@admin.register(SigningKey)
class SigningKeyAdmin(StaffModelAdmin):
    list_display = fields = ("kid", "created_at", "retired_at")
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("private_key")
