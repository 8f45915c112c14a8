"""The door for the shop's own pages: the refresh token stays in a cookie that no script can read.

What it does is what `token/` does. The cookie goes to these addresses only, and never along with a request from another site; a
request that works with it has to bring a header besides, which a form cannot set and a foreign page may not.
"""

from typing import Any

from rest_framework.permissions import BasePermission

from chassis.api import Request, Response
from chassis.problems import PermissionDenied
from chassis.swagger import document, header
from chassis.validation import validate
from users import errors
from users.api.serializers.tokens import SessionResponse, SignInRequest
from users.api.tokens import OpenView
from users.services import sessions
from users.services.sessions import TokenPair

COOKIE = "shop_session"
PATH = "/api/users/session"
HEADER = header(
    "X-Requested-With",
    "Has to be there, whatever it says: proof that no other site's page is asking.",
    required=True,
)


class FromOurPages(BasePermission):
    message = "A request that works with the cookie needs the header X-Requested-With."

    def has_permission(self, request: Any, view: Any) -> bool:
        nobody_may = not hasattr(view, str(request.method).lower())  # which is a 405 for all alike
        return nobody_may or bool(request.headers.get("X-Requested-With"))


class SessionView(OpenView):
    def get_permissions(self) -> list[BasePermission]:
        """Signing in works with no cookie, and takes JSON, which a foreign page may not send."""
        return [] if self.request.method == "POST" else [FromOurPages()]

    @document(
        "start_session",
        "Sign in, with a cookie",
        description="For browsers: as `token/`, but the refresh token is set as a cookie that scripts cannot read.",
        auth="anyone",
        body=SignInRequest,
        responses={200: SessionResponse},
        errors=[errors.InvalidCredentials, errors.TooManySignIns],
    )
    def post(self, request: Request) -> Response:
        credentials = validate(SignInRequest, request.data)
        return _begun(request, sessions.sign_in(**credentials, address=request.META["REMOTE_ADDR"]))

    @document(
        "end_session",
        "Sign out, with the cookie",
        description="Ends the login and removes the cookie. Without one, or with one that nobody knows, it is answered the same.",
        auth="anyone",
        headers=[HEADER],
        responses={204: "That login is over."},
        errors=[PermissionDenied],
    )
    def delete(self, request: Request) -> Response:
        sessions.revoke(refresh=_token(request))
        return _forgotten(Response(status=204))


class SessionRefreshView(OpenView):
    permission_classes = [FromOurPages]

    @document(
        "refresh_session",
        "Stay signed in, with the cookie",
        description=f"Spends the refresh token in the cookie for the next one. A spent one is good again for "
        f"{sessions.LOST_ANSWER.seconds} seconds, in case its answer was lost, and ends the login after that.",
        auth="anyone",
        headers=[HEADER],
        responses={200: SessionResponse},
        errors=[errors.InvalidRefreshToken, errors.RateLimited, PermissionDenied],
    )
    def post(self, request: Request) -> Response:
        return _begun(
            request, sessions.refresh(refresh=_token(request), grace=sessions.LOST_ANSWER)
        )

    def handle_exception(self, exc: Exception) -> Any:
        response = super().handle_exception(exc)
        return _forgotten(response) if response.status_code == 401 else response


def _token(request: Request) -> str:
    return str(request.COOKIES.get(COOKIE, ""))


def _begun(request: Request, pair: TokenPair) -> Response:
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


def _forgotten(response: Response) -> Response:
    response.delete_cookie(COOKIE, path=PATH, samesite="Strict")
    return response
