"""What is around each page of the admin, and around nothing else: the API has none of it in its MIDDLEWARE."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse
from django.urls import get_script_prefix, set_script_prefix
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from chassis import context
from chassis.admin import staff
from chassis.admin.people import Nobody
from chassis.client_address import BEHIND_GATEWAY
from chassis.exceptions import exception_handler
from chassis.problems import MethodNotAllowed

View = Callable[..., HttpResponse]
METHODS = ("GET", "HEAD", "POST")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def for_anyone(view: View) -> View:
    """A page that needs no member of staff: signing in and out."""
    return _around(view, lambda request: Nobody())


def for_staff(view: View) -> View:
    """A page for which `request.user` is found out first; whether it is enough for the page is the page's business."""
    return _around(view, lambda request: staff.at_the_desk(request.session))


def _around(view: View, who: Callable[[HttpRequest], Any]) -> View:
    guarded = csrf_protect(never_cache(view))

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def page(request: HttpRequest) -> HttpResponse:
            request.user = who(request)
            if request.method not in METHODS:
                raise MethodNotAllowed(headers={"Allow": ", ".join(METHODS)})
            if not request.path.endswith("/"):  # the API answers without the slash; links within a page would go astray
                return HttpResponseRedirect(f"{request.path}/")
            return _rendered(guarded(request, *args, **kwargs))

        with _in_folder(request) as folder:
            response = cast(HttpResponse, SessionMiddleware(lambda request: _with_messages(request, page))(request))
        for cookie in response.cookies.values():
            cookie["path"] = f"{folder}{cookie['path']}"
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return answer


@contextmanager
def _in_folder(request: HttpRequest) -> Iterator[str]:
    """What all addresses begin with: behind the gateway the four admins of one host have a folder each, `/order/admin/`."""
    folder = f"/{settings.SERVICE_NAME}"
    if BEHIND_GATEWAY not in request.META or request.META.get("HTTP_X_FORWARDED_PREFIX") != folder:
        yield ""
        return
    before = get_script_prefix()
    set_script_prefix(f"{folder}/")  # of this thread
    request.path = f"{folder}{request.path}"
    try:
        yield folder
    finally:
        set_script_prefix(before)


def _with_messages(request: HttpRequest, page: View) -> HttpResponse:
    messages = SessionStorage(request)
    vars(request)["_messages"] = messages  # where django.contrib.messages looks for them
    try:
        response = page(request)
    except Exception as error:
        response = _words(error)
    messages.update(response)
    return response


def _words(error: Exception) -> HttpResponse:
    """A page that says what the API's problem document would say."""
    answer = exception_handler(error)
    facts = {**names(), "title": answer.data["title"], "problem": answer.data}
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    page = SimpleTemplateResponse("admin/refused.html", facts, status=answer.status_code, headers=headers)
    return page.render()


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW"""
    detail = "This form is older than your sign-in, or not one of ours. Nothing was changed. Load the page again, and repeat."
    problem = {"detail": detail, "request_id": context.current().request_id}
    return SimpleTemplateResponse("admin/refused.html", {**names(), "title": "Not done", "problem": problem}, status=403)


def names() -> dict[str, str]:
    """What every page is headed by, signed in or not."""
    name = f"{str(settings.SERVICE_NAME).capitalize()} service, for staff"
    return {"site_title": name, "site_header": name}


def _rendered(response: HttpResponse) -> HttpResponse:
    return response.render() if isinstance(response, SimpleTemplateResponse) else response
