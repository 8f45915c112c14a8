"""Signing in, refreshing tokens, signing out."""

from chassis.api import APIView, Request, Response
from chassis.swagger import document
from chassis.validation import validate
from users import errors
from users.api.serializers.tokens import RefreshRequest, SignInRequest, TokenResponse
from users.services import sessions


class PublicView(APIView):
    authentication_classes = []
    permission_classes = []


class TokenView(PublicView):
    @document(
        "issue_tokens",
        "Sign in",
        description=(
            "The example is the initial staff account of a local run (`ADMIN_EMAIL`, "
            "`ADMIN_PASSWORD`). After 10 failures for an account from one address, or 100 from one "
            "address, within 15 minutes, attempts are rejected before the password is checked, "
            "right or wrong. A success clears the count of its account."
        ),
        auth="anyone",
        body=SignInRequest,
        responses={200: TokenResponse},
        errors=[errors.InvalidCredentials, errors.LoginThrottled],
    )
    def post(self, request: Request) -> Response:
        credentials = validate(SignInRequest, request.data)
        pair = sessions.sign_in(**credentials, address=request.META["REMOTE_ADDR"])
        return Response(TokenResponse(pair).data)


class RefreshView(PublicView):
    @document(
        "refresh_tokens",
        "Refresh the tokens",
        description=(
            "Exchanges the refresh token for a new pair. Using it a second time ends the session. "
            "At most 30 per minute for a session, which ends 90 days after signing in."
        ),
        auth="anyone",
        body=RefreshRequest,
        responses={200: TokenResponse},
        errors=[errors.InvalidRefreshToken, errors.RateLimited],
    )
    def post(self, request: Request) -> Response:
        pair = sessions.refresh(**validate(RefreshRequest, request.data))
        return Response(TokenResponse(pair).data)


class RevokeView(PublicView):
    @document(
        "revoke_tokens",
        "Sign out",
        description=(
            "Ends the session of the refresh token, used or not. The response is the same for an "
            "unknown token."
        ),
        auth="anyone",
        body=RefreshRequest,
        responses={204: "The session has ended."},
    )
    def post(self, request: Request) -> Response:
        sessions.revoke(**validate(RefreshRequest, request.data))
        return Response(status=204)
