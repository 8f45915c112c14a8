"""Registration, and users as staff see and change them."""

from typing import Any
from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import validate
from users import errors, selectors
from users.api.serializers.users import (
    ProfileResponse,
    RegistrationRequest,
    UserChangeRequest,
    UserQuery,
    UserResponse,
)
from users.services import accounts, staff


class IsStaffOrRegistering(IsStaff):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method == "POST" or super().has_permission(request, view)


class UserListView(APIView):
    permission_classes = [IsStaffOrRegistering]

    def get_authenticators(self) -> Any:
        """Registration ignores tokens: a client may still send one of an earlier account."""
        is_registration = self.request is not None and self.request.method == "POST"
        return [] if is_registration else super().get_authenticators()

    @document(
        "list_users",
        "List users",
        description="Newest first; with `search`, exact e-mail addresses and names first.",
        auth="staff",
        query=UserQuery,
        responses={200: page_of(UserResponse)},
    )
    def get(self, request: Request) -> Response:
        users, ordering = selectors.search_users(**validate(UserQuery, request.query_params))
        return paged(request, users, UserResponse, ordering)

    @document(
        "register_user",
        "Register",
        description=(
            "Creates a customer account. Sign in afterwards at `token/`. At most 60 per minute "
            "from one address."
        ),
        auth="anyone",
        body=RegistrationRequest,
        responses={201: ProfileResponse},
        errors=[errors.EmailTaken, errors.RateLimited],
    )
    def post(self, request: Request) -> Response:
        data = validate(RegistrationRequest, request.data)
        user = accounts.register_from(address=request.META["REMOTE_ADDR"], **data)
        return Response(ProfileResponse(user).data, status=201)


class UserView(APIView):
    permission_classes = [IsStaff]

    @document(
        "read_user",
        "Read a user",
        description="Closed accounts too; they have no personal data.",
        auth="staff",
        responses={200: UserResponse},
        errors=[errors.UserNotFound],
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(UserResponse(selectors.get_user(user_id)).data)

    @document(
        "change_user",
        "Change a user's role, deactivate or reactivate",
        description=(
            "Deactivating ends all sessions of the user. Other services see a new role with the "
            "next access token, at most 15 minutes later."
        ),
        auth="staff",
        body=UserChangeRequest,
        responses={200: UserResponse},
        errors=[errors.UserNotFound, errors.LastStaff, errors.AccountClosed],
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        body = without_read_only(
            request.data, UserChangeRequest, UserResponse, lambda: selectors.get_user(user_id)
        )
        user = staff.change(user_id=user_id, **validate(UserChangeRequest, body))
        return Response(UserResponse(user).data)
