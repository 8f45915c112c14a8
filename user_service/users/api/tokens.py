"""The door for signing in, staying signed in and signing out."""

from chassis.api import APIView, Request, Response
from chassis.swagger import operation
from chassis.validation import parsed
from users import errors
from users.api.serializers.tokens import RefreshRequest, SignInRequest, TokenResponse
from users.services import sessions


class OpenView(APIView):
    """For anyone."""

    authentication_classes = []
    permission_classes = []


class TokenView(OpenView):
    @operation(
        "Sign in",
        description="After 10 failures for an account from one address, or 100 from one address, within 15 minutes, "
        "attempts are rejected before the password is checked, right or wrong. A success clears the count of its account.",
        access="anyone",
        body=SignInRequest,
        answers={200: TokenResponse},
        refusals=[errors.InvalidCredentials, errors.TooManySignIns],
    )
    def post(self, request: Request) -> Response:
        credentials = parsed(SignInRequest, request.data)
        pair = sessions.sign_in(**credentials, address=request.META["REMOTE_ADDR"])
        return Response(TokenResponse(pair).data)


class RefreshView(OpenView):
    @operation(
        "Stay signed in",
        description="Spends the refresh token for a new pair. One that comes a second time ends the login. At most 30 a minute "
        "for a login, which ends 90 days after signing in.",
        access="anyone",
        body=RefreshRequest,
        answers={200: TokenResponse},
        refusals=[errors.InvalidRefreshToken, errors.RateLimited],
    )
    def post(self, request: Request) -> Response:
        pair = sessions.refresh(**parsed(RefreshRequest, request.data))
        return Response(TokenResponse(pair).data)


class RevokeView(OpenView):
    @operation(
        "Sign out",
        description="Ends the login of the refresh token, spent or not. A token that nobody knows is answered the same.",
        access="anyone",
        body=RefreshRequest,
        answers={204: "That login is over."},
    )
    def post(self, request: Request) -> Response:
        sessions.revoke(**parsed(RefreshRequest, request.data))
        return Response(status=204)
