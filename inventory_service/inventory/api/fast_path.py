"""What each order does: reserve its lines. See chassis.fast_path."""

import re

from chassis.authentication import ServiceOrUserAuthentication
from chassis.fast_path import Answer, Call, Path
from chassis.payloads import JSONRenderer
from chassis.validation import UUID_PATTERN, parsed
from inventory import services
from inventory.api.reservations import ORDER_SERVICE
from inventory.api.serializers import ReservationRequest, ReservationResponse


def reserve(call: Call) -> Answer | None:
    caller, _ = call.caller(ServiceOrUserAuthentication)
    body = call.json()
    if caller != ORDER_SERVICE or call.id is None or body is None:
        return None
    reservation, created = services.reserve(order_id=call.id, **parsed(ReservationRequest, body))
    return Answer(201 if created else 200, JSONRenderer().render(ReservationResponse.values(reservation)))


PATH = Path(
    "PUT",
    re.compile(f"/api/inventory/reservations/(?P<id>{UUID_PATTERN})/?"),
    "api/inventory/reservations/<uuid:order_id>/",
    reserve,
    {"Allow": "GET, PUT, DELETE, HEAD, OPTIONS", "Vary": "origin"},
)
