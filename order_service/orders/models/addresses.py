"""The fields of a shipping address: stored as JSON, validated by the API and by the user client."""

from typing import NamedTuple


class AddressField(NamedTuple):
    max_length: int
    help_text: str
    is_required: bool = False


ADDRESS_FIELDS = {
    "name": AddressField(150, "The recipient."),
    "line1": AddressField(200, "Street and number.", is_required=True),
    "line2": AddressField(200, "What does not fit there: floor, company, in care of."),
    "city": AddressField(100, "City or town.", is_required=True),
    "region": AddressField(100, "State or province."),
    "postal_code": AddressField(20, "As the country writes it."),
    "country": AddressField(60, "ISO 3166-1 alpha-2.", is_required=True),
    "phone": AddressField(40, "For the carrier."),
}
