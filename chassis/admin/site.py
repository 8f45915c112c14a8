"""The login form and the titles of the admin site."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError

from chassis.problems import Problem

EMAIL_LENGTH = 254


class LoginForm(AdminAuthenticationForm):
    """Refusals of the user service are errors of the form."""

    username = UsernameField(
        label="E-mail address", widget=forms.EmailInput({"autofocus": True}), max_length=EMAIL_LENGTH
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["maxlength"] = EMAIL_LENGTH

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except Problem as refusal:
            raise ValidationError(refusal.message) from refusal


def urls() -> Any:
    """The pages are imported here, so only in a process that serves HTTP."""
    admin.autodiscover()
    admin.site.unregister([Group, User])  # accounts are the user service's
    title = f"{str(settings.SERVICE_NAME).capitalize()} service"
    admin.site.site_header = admin.site.site_title = title
    admin.site.index_title = "Tables"
    admin.site.site_url = None
    admin.site.login_form = LoginForm
    return admin.site.urls
