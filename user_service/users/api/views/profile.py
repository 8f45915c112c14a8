"""The account of the signed-in user."""

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.read_only import without_read_only
from chassis.swagger import document
from chassis.validation import validate
from users import errors
from users.api.authentication import current_user
from users.api.serializers.users import ClosingRequest, ProfileRequest, ProfileResponse
from users.services import accounts


class ProfileView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_profile",
        "Read one's own profile",
        description="The account of the token, with its current role.",
        auth="user",
        responses={200: ProfileResponse},
    )
    def get(self, request: Request) -> Response:
        return Response(ProfileResponse(current_user(request).user).data)

    @document(
        "change_profile",
        "Change one's own name or e-mail address",
        description=(
            "A new e-mail address requires `current_password`; both addresses are notified."
        ),
        auth="user",
        body=ProfileRequest,
        responses={200: ProfileResponse},
        errors=[errors.EmailTaken, errors.LoginThrottled],
    )
    def patch(self, request: Request) -> Response:
        user, address = current_user(request).user, request.META["REMOTE_ADDR"]
        body = without_read_only(request.data, ProfileRequest, ProfileResponse, lambda: user)
        changes = validate(ProfileRequest, body)
        user = accounts.change_profile(user=user, address=address, **changes)
        return Response(ProfileResponse(user).data)

    @document(
        "close_account",
        "Close one's own account",
        description=(
            "Erases the personal data and ends every session; the e-mail address can be "
            "registered again."
        ),
        auth="user",
        body=ClosingRequest,
        responses={204: "Closed."},
        errors=[errors.LastStaff, errors.LoginThrottled],
    )
    def delete(self, request: Request) -> Response:
        confirmation = validate(ClosingRequest, request.data)
        user, address = current_user(request).user, request.META["REMOTE_ADDR"]
        accounts.close_own_account(user=user, address=address, **confirmation)
        return Response(status=204)
