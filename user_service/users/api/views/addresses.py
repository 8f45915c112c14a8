"""The address book of the signed-in user."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import validate
from users import errors, selectors
from users.api.authentication import current_user
from users.api.serializers.addresses import AddressChangeRequest, AddressRequest, AddressResponse
from users.models import Address
from users.services import addresses


class AddressListView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "list_addresses",
        "List one's own addresses",
        description="Newest first.",
        auth="user",
        responses={200: page_of(AddressResponse)},
    )
    def get(self, request: Request) -> Response:
        rows = selectors.list_addresses(user_id=current_user(request).id)
        return paged(request, rows, AddressResponse)

    @document(
        "add_address",
        "Add an address",
        description=(
            "The first address becomes the default; a later one with `is_default` replaces it. "
            "At most 50 addresses."
        ),
        auth="user",
        body=AddressRequest,
        responses={201: AddressResponse},
        errors=[errors.AddressBookFull],
    )
    def post(self, request: Request) -> Response:
        data = validate(AddressRequest, request.data)
        address = addresses.add(user_id=current_user(request).id, **data)
        return Response(AddressResponse(address).data, status=201)


class AddressView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_address",
        "Read an address",
        description="Only one's own; an address of another user is not found.",
        auth="user",
        responses={200: AddressResponse},
        errors=[errors.AddressNotFound],
    )
    def get(self, request: Request, address_id: UUID) -> Response:
        address = selectors.get_address(user_id=current_user(request).id, address_id=address_id)
        return Response(AddressResponse(address).data)

    @document(
        "change_address",
        "Change an address",
        description=(
            "`is_default: true` replaces the default; the default itself cannot be set to false."
        ),
        auth="user",
        body=AddressChangeRequest,
        responses={200: AddressResponse},
        errors=[errors.AddressNotFound],
    )
    def patch(self, request: Request, address_id: UUID) -> Response:
        user_id = current_user(request).id

        def find() -> Address:
            return selectors.get_address(user_id=user_id, address_id=address_id)

        body = without_read_only(request.data, AddressChangeRequest, AddressResponse, find)
        changes = validate(AddressChangeRequest, body)
        address = addresses.change(user_id=user_id, address_id=address_id, **changes)
        return Response(AddressResponse(address).data)

    @document(
        "remove_address",
        "Remove an address",
        description="After the default, the newest remaining address becomes the default.",
        auth="user",
        responses={204: "Removed."},
        errors=[errors.AddressNotFound],
    )
    def delete(self, request: Request, address_id: UUID) -> Response:
        addresses.remove(user_id=current_user(request).id, address_id=address_id)
        return Response(status=204)
