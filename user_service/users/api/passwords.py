"""The door for changing a password, and for whoever has forgotten it."""

from chassis.api import APIView, Request, Response
from chassis.authentication import IsSignedIn
from chassis.swagger import operation
from chassis.validation import parsed
from users import errors
from users.api.authentication import signed_in
from users.api.serializers.passwords import ACCEPTED, PasswordRequest, ResetAccepted, ResetAsked, ResetConfirmation
from users.api.tokens import OpenView
from users.services import accounts, resets


class PasswordView(APIView):
    permission_classes = [IsSignedIn]

    @operation(
        "Change one's own password",
        description="Ends every other login, and tells the user by mail. A wrong current password counts as a failed sign-in.",
        access="user",
        body=PasswordRequest,
        answers={204: "Changed."},
        refusals=[errors.TooManySignIns],
    )
    def post(self, request: Request) -> Response:
        change = parsed(PasswordRequest, request.data)
        me = signed_in(request)
        accounts.change_password(user=me.user, login_id=me.login_id, address=request.META["REMOTE_ADDR"], **change)
        return Response(status=204)


class ResetView(OpenView):
    @operation(
        "Ask for a mail to reset a password",
        description="Answered the same whether there is such an account or not. At most 5 mails an hour for an account, and 30 "
        "requests an hour from one address; what is above is answered the same, too. A newer mail makes the older ones void.",
        access="anyone",
        body=ResetAsked,
        answers={202: ResetAccepted},
    )
    def post(self, request: Request) -> Response:
        resets.request(**parsed(ResetAsked, request.data), address=request.META["REMOTE_ADDR"])
        return Response(ACCEPTED, status=202)


class ResetConfirmationView(OpenView):
    @operation(
        "Set a new password with the token of a mail",
        description="Ends every login of the account, and clears its failed sign-ins. A password that is refused leaves the token "
        "unspent.",
        access="anyone",
        body=ResetConfirmation,
        answers={204: "The new password is good."},
        refusals=[errors.InvalidResetToken],
    )
    def post(self, request: Request) -> Response:
        resets.confirm(**parsed(ResetConfirmation, request.data))
        return Response(status=204)
