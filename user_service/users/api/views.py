"""The door for people with an account, for those who want one, and for staff."""

from typing import Any
from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated, IsStaff
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import validate
from users import errors
from users.api.authentication import signed_in
from users.api.serializers.accounts import (
    ClosingRequest,
    ProfileRequest,
    ProfileResponse,
    RegistrationRequest,
    UserChangeRequest,
    UserQuery,
    UserResponse,
)
from users.services import accounts, staff


class StaffUnlessRegistering(IsStaff):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method == "POST" or super().has_permission(request, view)


class UserListView(APIView):
    permission_classes = [StaffUnlessRegistering]

    def get_authenticators(self) -> Any:
        """Who registers may send along the token of an account of before."""
        return (
            []
            if self.request is not None and self.request.method == "POST"
            else super().get_authenticators()
        )

    @document(
        "list_users",
        "List users",
        description="Newest first; with `search`, whoever has exactly that e-mail address or name first.",
        auth="staff",
        query=UserQuery,
        responses={200: page_of(UserResponse)},
    )
    def get(self, request: Request) -> Response:
        users, ordering = staff.found(**validate(UserQuery, request.query_params))
        return paged(request, users, UserResponse, ordering)

    @document(
        "register_user",
        "Register",
        description="Opens a customer's account. Sign in afterwards at `token/`. At most 60 a minute from one address.",
        auth="anyone",
        body=RegistrationRequest,
        responses={201: ProfileResponse},
        errors=[errors.EmailTaken, errors.RateLimited],
    )
    def post(self, request: Request) -> Response:
        user = accounts.register_from(
            address=request.META["REMOTE_ADDR"], **validate(RegistrationRequest, request.data)
        )
        return Response(ProfileResponse(user).data, status=201)


class UserView(APIView):
    permission_classes = [IsStaff]

    @document(
        "read_user",
        "Read a user",
        description="Closed accounts too: they are empty.",
        auth="staff",
        responses={200: UserResponse},
        errors=[errors.UnknownUser],
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(UserResponse(staff.user_of(user_id)).data)

    @document(
        "change_user",
        "Change a user's role, deactivate or reactivate",
        description="Whoever is deactivated is signed out. Other services learn of a new role with the user's next access token, "
        "15 minutes later at most.",
        auth="staff",
        body=UserChangeRequest,
        responses={200: UserResponse},
        errors=[errors.UnknownUser, errors.LastStaff, errors.AccountClosed],
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        body = without_read_only(
            request.data, UserChangeRequest, UserResponse, lambda: staff.user_of(user_id)
        )
        wanted = validate(UserChangeRequest, body)
        return Response(UserResponse(staff.change(user_id=user_id, **wanted)).data)


class ProfileView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_profile",
        "Read one's own profile",
        description="Of the account whose token this is; the role is that of now.",
        auth="user",
        responses={200: ProfileResponse},
    )
    def get(self, request: Request) -> Response:
        return Response(ProfileResponse(signed_in(request).user).data)

    @document(
        "change_profile",
        "Change one's own name or e-mail address",
        description="Another e-mail address needs `current_password`; a mail to both addresses tells of it.",
        auth="user",
        body=ProfileRequest,
        responses={200: ProfileResponse},
        errors=[errors.EmailTaken, errors.TooManySignIns],
    )
    def patch(self, request: Request) -> Response:
        body = without_read_only(
            request.data, ProfileRequest, ProfileResponse, lambda: signed_in(request).user
        )
        wanted = validate(ProfileRequest, body)
        user = accounts.change_profile(
            user=signed_in(request).user, address=request.META["REMOTE_ADDR"], **wanted
        )
        return Response(ProfileResponse(user).data)

    @document(
        "close_account",
        "Close one's own account",
        description="Erases the person's data and ends every login; the e-mail address may register again.",
        auth="user",
        body=ClosingRequest,
        responses={204: "Closed."},
        errors=[errors.LastStaff, errors.TooManySignIns],
    )
    def delete(self, request: Request) -> Response:
        confirmation = validate(ClosingRequest, request.data)
        accounts.close_own(
            user=signed_in(request).user, address=request.META["REMOTE_ADDR"], **confirmation
        )
        return Response(status=204)
