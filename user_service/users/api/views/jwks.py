"""The public keys that verify access tokens."""

from chassis.api import APIView, Request, Response
from chassis.swagger import document
from users import selectors
from users.api.serializers.tokens import KeySetResponse

CACHE_SECONDS = 300


class KeySetView(APIView):
    authentication_classes = []
    permission_classes = []

    @document(
        "read_jwks",
        "Read the public keys",
        description=(
            "A JWK Set (RFC 7517). An access token names its key in `kid`; read the set again if "
            "a key is not in it."
        ),
        auth="anyone",
        responses={200: KeySetResponse},
    )
    def get(self, request: Request) -> Response:
        headers = {"Cache-Control": f"public, max-age={CACHE_SECONDS}"}
        return Response({"keys": selectors.list_public_keys()}, headers=headers)


class SlashedKeySetView(KeySetView):
    """The same with a trailing slash, as for all paths; documented once."""

    swagger_schema = None
