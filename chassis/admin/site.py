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
    """Shows errors of the user service as form errors."""

    username = UsernameField(label="E-mail address", widget=forms.EmailInput({"autofocus": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["maxlength"] = (
            254  # Django's default is the length of usernames
        )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (Problem, AuthenticationFailed) as error:
            raise ValidationError(str(error)) from error


def urls() -> Any:
    """Imports the admin modules, so only processes that serve HTTP load them."""
    admin.autodiscover()
    admin.site.unregister([Group, User])  # the user service manages accounts
    admin.site.site_header = f"{str(settings.SERVICE_NAME).capitalize()} service"
    admin.site.site_title = admin.site.site_header
    admin.site.site_url, admin.site.enable_nav_sidebar = None, False
    admin.site.login_form = LoginForm
    return admin.site.urls
