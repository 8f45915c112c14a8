"""The door to a user's address book."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import validate
from users import errors
from users.api.authentication import signed_in
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
        return paged(request, addresses.book_of(user_id=signed_in(request).id), AddressResponse)

    @document(
        "add_address",
        "Add an address",
        description="The first one becomes the default; a later one with `is_default` takes its place. At most 50.",
        auth="user",
        body=AddressRequest,
        responses={201: AddressResponse},
        errors=[errors.AddressBookFull],
    )
    def post(self, request: Request) -> Response:
        address = addresses.add(
            user_id=signed_in(request).id, **validate(AddressRequest, request.data)
        )
        return Response(AddressResponse(address).data, status=201)


class AddressView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_address",
        "Read an address",
        description="One's own; somebody else's is not found.",
        auth="user",
        responses={200: AddressResponse},
        errors=[errors.UnknownAddress],
    )
    def get(self, request: Request, address_id: UUID) -> Response:
        address = addresses.address_of(user_id=signed_in(request).id, address_id=address_id)
        return Response(AddressResponse(address).data)

    @document(
        "change_address",
        "Change an address",
        description="`is_default: true` takes the place of the default; the default itself cannot be set to false.",
        auth="user",
        body=AddressChangeRequest,
        responses={200: AddressResponse},
        errors=[errors.UnknownAddress],
    )
    def patch(self, request: Request, address_id: UUID) -> Response:
        user_id = signed_in(request).id

        def find() -> Address:
            return addresses.address_of(user_id=user_id, address_id=address_id)

        wanted = validate(
            AddressChangeRequest,
            without_read_only(request.data, AddressChangeRequest, AddressResponse, find),
        )
        address = addresses.change(user_id=user_id, address_id=address_id, **wanted)
        return Response(AddressResponse(address).data)

    @document(
        "remove_address",
        "Remove an address",
        description="When it was the default, the newest of the others becomes the default.",
        auth="user",
        responses={204: "Removed."},
        errors=[errors.UnknownAddress],
    )
    def delete(self, request: Request, address_id: UUID) -> Response:
        addresses.remove(user_id=signed_in(request).id, address_id=address_id)
        return Response(status=204)
