"""The pages that belong to no table."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.messages import get_messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from chassis.admin import door, staff
from chassis.admin.people import Nobody, Staff
from chassis.problems import Problem


class SignInForm(forms.Form):
    """The names are those of Django's own, whose page it is shown on."""

    username = forms.CharField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autofocus": True, "autocomplete": "username"})
    )
    password = forms.CharField(
        max_length=1000, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}, render_value=False)
    )


class StaffSite(AdminSite):
    site_url = None
    index_title = "What is there"
    index_template = "admin/desk.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        everywhere = {"user": request.user, "messages": get_messages(request), "request": request}
        return super().each_context(request) | door.names() | everywhere

    def get_log_entries(self, request: HttpRequest) -> Any:
        return ()  # see AdminWithoutTables

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(cast(Staff | Nobody, request.user).is_staff)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request):
                answer: HttpResponse = view(request, *args, **kwargs)
                return answer
            to = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('admin:login')}?{to}")

        return door.for_staff(inner)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        tables = [
            path(f"{model._meta.app_label}/{model._meta.model_name}/", include(page.urls)) for model, page in self._registry.items()
        ]
        labels = "|".join(sorted({model._meta.app_label for model in self._registry})) or "none"
        return [
            path("", self.admin_view(self.index), name="index"),
            path("login/", door.for_anyone(self.login), name="login"),
            path("jsi18n/", self.admin_view(self.i18n_javascript), name="jsi18n"),
            path("logout/", door.for_anyone(self.logout), name="logout"),
            *tables,
            re_path(f"^(?P<app_label>{labels})/$", self.admin_view(self.app_index), name="app_list"),
            re_path("", self.admin_view(nothing_here)),
        ]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        form = SignInForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._sign_in(request, form.cleaned_data["username"], form.cleaned_data["password"])
            except Problem as refusal:
                form.add_error(None, refusal.message)
        facts = {"title": "Sign in", "form": form, "app_path": request.get_full_path(), "next": after(request)}
        return TemplateResponse(request, "admin/login.html", self.each_context(request) | facts)

    def _sign_in(self, request: HttpRequest, email: str, password: str) -> HttpResponse:
        staff.sign_in(request.session, email=email, password=password, address=request.META["REMOTE_ADDR"])
        rotate_token(request)
        return HttpResponseRedirect(after(request))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "POST":
            staff.sign_out(request.session)
            messages.success(request, "You are signed out.")
        return HttpResponseRedirect(reverse("admin:login"))


def after(request: HttpRequest) -> str:
    """Where to go once signed in: a page of this admin, and never elsewhere."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    index = reverse("admin:index")
    return wish if wish.startswith(index) and url_has_allowed_host_and_scheme(wish, allowed_hosts=None) else index


def nothing_here(request: HttpRequest) -> HttpResponse:
    raise Http404


def urls() -> Any:
    """What `/admin/` leads to. Only who has addresses loads the pages of the tables: the order worker, for one, does not."""
    admin.autodiscover()
    return admin.site.urls
