"""Sessions of browsers: as `token/`, with the refresh token in a cookie that scripts cannot read.

The cookie is sent to these paths only, and never with a request from another site (SameSite). As
CSRF protection, requests that use it need a header that a form cannot set and CORS does not allow.
"""

from typing import Any

from rest_framework.permissions import BasePermission

from chassis.api import Request, Response
from chassis.problems import PermissionDenied
from chassis.swagger import document, header
from chassis.validation import validate
from users import errors
from users.api.serializers.tokens import SessionResponse, SignInRequest
from users.api.views.tokens import PublicView
from users.services import sessions
from users.services.sessions import TokenPair

COOKIE = "shop_session"
PATH = "/api/users/session"
CSRF_HEADER = header(
    "X-Requested-With",
    "Required, with any value. It shows that the request does not come from another site.",
    required=True,
)


class RequireCsrfHeader(BasePermission):
    message = "A request that uses the cookie needs the header X-Requested-With."

    def has_permission(self, request: Any, view: Any) -> bool:
        is_405 = not hasattr(view, str(request.method).lower())
        return is_405 or bool(request.headers.get("X-Requested-With"))


class SessionView(PublicView):
    def get_permissions(self) -> list[BasePermission]:
        """Signing in uses no cookie, and requires JSON, which other sites cannot send."""
        return [] if self.request.method == "POST" else [RequireCsrfHeader()]

    @document(
        "start_session",
        "Sign in, with a cookie",
        description=(
            "For browsers: as `token/`, but the refresh token is set as a cookie that scripts "
            "cannot read."
        ),
        auth="anyone",
        body=SignInRequest,
        responses={200: SessionResponse},
        errors=[errors.InvalidCredentials, errors.LoginThrottled],
    )
    def post(self, request: Request) -> Response:
        credentials = validate(SignInRequest, request.data)
        pair = sessions.sign_in(**credentials, address=request.META["REMOTE_ADDR"])
        return _with_cookie(request, pair)

    @document(
        "end_session",
        "Sign out, with the cookie",
        description=(
            "Ends the session and removes the cookie. The response is the same without a cookie "
            "and with an unknown one."
        ),
        auth="anyone",
        headers=[CSRF_HEADER],
        responses={204: "The session has ended."},
        errors=[PermissionDenied],
    )
    def delete(self, request: Request) -> Response:
        sessions.revoke(refresh=_token(request))
        return _without_cookie(Response(status=204))


class SessionRefreshView(PublicView):
    permission_classes = [RequireCsrfHeader]

    @document(
        "refresh_session",
        "Refresh the session, with the cookie",
        description=(
            "Exchanges the refresh token in the cookie for the next one. A used token is accepted "
            f"again for {sessions.REUSE_INTERVAL.seconds} seconds, in case the response was lost; "
            "after that it ends the session."
        ),
        auth="anyone",
        headers=[CSRF_HEADER],
        responses={200: SessionResponse},
        errors=[errors.InvalidRefreshToken, errors.RateLimited, PermissionDenied],
    )
    def post(self, request: Request) -> Response:
        pair = sessions.refresh(refresh=_token(request), grace=sessions.REUSE_INTERVAL)
        return _with_cookie(request, pair)

    def handle_exception(self, exc: Exception) -> Any:
        response = super().handle_exception(exc)
        return _without_cookie(response) if response.status_code == 401 else response


def _token(request: Request) -> str:
    return str(request.COOKIES.get(COOKIE, ""))


def _with_cookie(request: Request, pair: TokenPair) -> Response:
    response = Response(SessionResponse(pair).data)
    response.set_cookie(
        COOKIE,
        pair.refresh,
        max_age=sessions.REFRESH_LIFETIME,
        path=PATH,
        secure=request.headers.get("X-Forwarded-Proto", request.scheme) == "https",
        httponly=True,
        samesite="Strict",
    )
    return response


def _without_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, path=PATH, samesite="Strict")
    return response
