"""The door for those who verify access tokens."""

from chassis.api import APIView, Request, Response
from chassis.swagger import document
from users.api.serializers.tokens import KeySetResponse
from users.models import SigningKey

CACHE_SECONDS = 300


class KeySetView(APIView):
    authentication_classes = []
    permission_classes = []

    @document(
        "read_jwks",
        "Read the public keys",
        description="A JWK Set (RFC 7517). Access tokens name their key in `kid`; ask again for one that is not here.",
        auth="anyone",
        responses={200: KeySetResponse},
    )
    def get(self, request: Request) -> Response:
        keys = SigningKey.objects.published().values_list("public_jwk", flat=True)
        return Response(
            {"keys": list(keys)}, headers={"Cache-Control": f"public, max-age={CACHE_SECONDS}"}
        )


class SlashedKeySetView(KeySetView):
    """The same with a slash at the end, as all paths work; one of the two is enough for the documents."""

    swagger_schema = None
