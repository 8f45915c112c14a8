"""The door for changing a password, and for whoever has forgotten it."""

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.swagger import document
from chassis.validation import validate
from users import errors
from users.api.authentication import signed_in
from users.api.serializers.passwords import (
    ACCEPTED,
    PasswordRequest,
    ResetAccepted,
    ResetAsked,
    ResetConfirmation,
)
from users.api.tokens import OpenView
from users.services import accounts, resets


class PasswordView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "change_password",
        "Change one's own password",
        description="Ends every other login, and tells the user by mail. A wrong current password counts as a failed sign-in.",
        auth="user",
        body=PasswordRequest,
        responses={204: "Changed."},
        errors=[errors.TooManySignIns],
    )
    def post(self, request: Request) -> Response:
        change = validate(PasswordRequest, request.data)
        me = signed_in(request)
        accounts.change_password(
            user=me.user, login_id=me.login_id, address=request.META["REMOTE_ADDR"], **change
        )
        return Response(status=204)


class ResetView(OpenView):
    @document(
        "request_password_reset",
        "Ask for a mail to reset a password",
        description="Answered the same whether there is such an account or not. At most 5 mails an hour for an account, and 30 "
        "requests an hour from one address; what is above is answered the same, too. A newer mail makes the older ones void.",
        auth="anyone",
        body=ResetAsked,
        responses={202: ResetAccepted},
    )
    def post(self, request: Request) -> Response:
        resets.request(**validate(ResetAsked, request.data), address=request.META["REMOTE_ADDR"])
        return Response(ACCEPTED, status=202)


class ResetConfirmationView(OpenView):
    @document(
        "confirm_password_reset",
        "Set a new password with the token of a mail",
        description="Ends every login of the account, and clears its failed sign-ins. A password that is refused leaves the token "
        "unspent.",
        auth="anyone",
        body=ResetConfirmation,
        responses={204: "The new password is good."},
        errors=[errors.InvalidResetToken],
    )
    def post(self, request: Request) -> Response:
        resets.confirm(**validate(ResetConfirmation, request.data))
        return Response(status=204)
