"""Changing a password, and resetting a forgotten one."""

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.swagger import document
from chassis.validation import validate
from users import errors
from users.api.authentication import current_user
from users.api.serializers.passwords import (
    RESET_RESPONSE,
    PasswordRequest,
    PasswordResetConfirmRequest,
    PasswordResetRequest,
    PasswordResetResponse,
)
from users.api.views.tokens import PublicView
from users.services import accounts, password_resets


class PasswordView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "change_password",
        "Change one's own password",
        description=(
            "Ends every other session and notifies the user by e-mail. A wrong current password "
            "counts as a failed sign-in."
        ),
        auth="user",
        body=PasswordRequest,
        responses={204: "Changed."},
        errors=[errors.LoginThrottled],
    )
    def post(self, request: Request) -> Response:
        data = validate(PasswordRequest, request.data)
        me, address = current_user(request), request.META["REMOTE_ADDR"]
        accounts.change_password(user=me.user, session_id=me.session_id, address=address, **data)
        return Response(status=204)


class PasswordResetView(PublicView):
    @document(
        "request_password_reset",
        "Request an e-mail to reset a password",
        description=(
            "The response is the same whether an account exists or not. At most 5 e-mails per hour "
            "for an account and 30 requests per hour from one address; more get the same response "
            "and send nothing. A newer e-mail invalidates the older ones."
        ),
        auth="anyone",
        body=PasswordResetRequest,
        responses={202: PasswordResetResponse},
    )
    def post(self, request: Request) -> Response:
        data = validate(PasswordResetRequest, request.data)
        password_resets.request(**data, address=request.META["REMOTE_ADDR"])
        return Response(RESET_RESPONSE, status=202)


class PasswordResetConfirmView(PublicView):
    @document(
        "confirm_password_reset",
        "Set a new password with the token from an e-mail",
        description=(
            "Ends every session of the account and clears its count of failed sign-ins. "
            "A rejected password leaves the token unused."
        ),
        auth="anyone",
        body=PasswordResetConfirmRequest,
        responses={204: "The new password is set."},
        errors=[errors.InvalidResetToken],
    )
    def post(self, request: Request) -> Response:
        password_resets.confirm(**validate(PasswordResetConfirmRequest, request.data))
        return Response(status=204)
