"""The login form and the titles of the admin site."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from rest_framework.exceptions import AuthenticationFailed

from chassis.problems import Problem


class LoginForm(AdminAuthenticationForm):
    """Refusals of the user service are errors of the form."""

    username = UsernameField(label="E-mail address", widget=forms.EmailInput({"autofocus": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["maxlength"] = 254  # not that of Django's own users

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (Problem, AuthenticationFailed) as refusal:
            raise ValidationError(str(refusal)) from refusal


def urls() -> Any:
    """The pages are imported here, so only in a process that serves HTTP."""
    admin.autodiscover()
    admin.site.unregister([Group, User])  # accounts are the user service's
    admin.site.site_header = f"{str(settings.SERVICE_NAME).capitalize()} service"
    admin.site.site_title = admin.site.site_header
    admin.site.site_url, admin.site.enable_nav_sidebar = None, False
    admin.site.login_form = LoginForm
    return admin.site.urls
