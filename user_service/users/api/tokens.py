"""The door for signing in, staying signed in and signing out."""

from chassis.api import APIView, Request, Response
from chassis.swagger import document
from chassis.validation import validate
from users import errors
from users.api.serializers.tokens import RefreshRequest, SignInRequest, TokenResponse
from users.services import sessions


class OpenView(APIView):
    """For anyone."""

    authentication_classes = []
    permission_classes = []


class TokenView(OpenView):
    @document(
        "issue_tokens",
        "Sign in",
        description="The example is the first staff user of a local run (`ADMIN_EMAIL`, `ADMIN_PASSWORD`). "
        "After 10 failures for an account from one address, or 100 from one address, within 15 minutes, "
        "attempts are rejected before the password is checked, right or wrong. A success clears the count of its account.",
        auth="anyone",
        body=SignInRequest,
        responses={200: TokenResponse},
        errors=[errors.InvalidCredentials, errors.TooManySignIns],
    )
    def post(self, request: Request) -> Response:
        credentials = validate(SignInRequest, request.data)
        pair = sessions.sign_in(**credentials, address=request.META["REMOTE_ADDR"])
        return Response(TokenResponse(pair).data)


class RefreshView(OpenView):
    @document(
        "refresh_tokens",
        "Stay signed in",
        description="Spends the refresh token for a new pair. One that comes a second time ends the login. At most 30 a minute "
        "for a login, which ends 90 days after signing in.",
        auth="anyone",
        body=RefreshRequest,
        responses={200: TokenResponse},
        errors=[errors.InvalidRefreshToken, errors.RateLimited],
    )
    def post(self, request: Request) -> Response:
        pair = sessions.refresh(**validate(RefreshRequest, request.data))
        return Response(TokenResponse(pair).data)


class RevokeView(OpenView):
    @document(
        "revoke_tokens",
        "Sign out",
        description="Ends the login of the refresh token, spent or not. A token that nobody knows is answered the same.",
        auth="anyone",
        body=RefreshRequest,
        responses={204: "That login is over."},
    )
    def post(self, request: Request) -> Response:
        sessions.revoke(**validate(RefreshRequest, request.data))
        return Response(status=204)
