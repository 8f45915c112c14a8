from typing import ClassVar

from django.db import models
from django.db.models import Q

from chassis.ids import UUIDv7
from users.models.users import NAME_MAX_LENGTH, User


class Address(models.Model):
    """An entry of a user's address book.

    The API derives its fields from these columns. Those from `name` to `phone` are the fields of an
    order's shipping address.
    """

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="addresses", db_index=False
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH, db_default="", help_text="The recipient.")
    line1 = models.CharField(max_length=200, help_text="Street and number, or the equivalent.")
    line2 = models.CharField(
        max_length=200, db_default="", help_text="For example floor, company or care of."
    )
    city = models.CharField(max_length=100, help_text="City or town.")
    region = models.CharField(max_length=100, db_default="", help_text="State or province.")
    postal_code = models.CharField(
        max_length=20, db_default="", help_text="In the format of the country."
    )
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = models.CharField(max_length=40, db_default="", help_text="For the carrier.")
    is_default = models.BooleanField(
        db_default=False, help_text="Whether this is the default address; there is exactly one."
    )

    class Meta:
        db_table = "address"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="one_default_address_per_user"
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"), name="country_is_two_capitals"
            ),
            models.CheckConstraint(
                condition=~Q(line1="") & ~Q(city=""), name="line1_and_city_are_not_empty"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "id"], name="address_by_user")]
