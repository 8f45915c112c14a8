"""Where people want their orders sent."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chassis.ids import UUIDv7
from users.models.accounts import LONGEST_NAME, User


class Address(models.Model):
    """An entry of a user's address book. Its fields are those of an order's shipping address."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="addresses", db_index=False
    )
    name = models.CharField(max_length=LONGEST_NAME, db_default="")
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, db_default="")
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, db_default="")
    postal_code = models.CharField(max_length=20, db_default="")
    country = models.CharField(max_length=2)
    """ISO 3166-1 alpha-2."""
    phone = models.CharField(max_length=40, db_default="")
    is_default = models.BooleanField(db_default=False)

    class Meta:
        db_table = "address"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="one_default_address_per_user"
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"), name="country_is_two_capitals"
            ),
            models.CheckConstraint(condition=~Q(line1="") & ~Q(city=""), name="address_says_where"),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "id"], name="address_by_user")]
