"""How much an address has ordered lately."""

from django.db import models


class Pace(models.Model):
    """Unlogged: written without waiting for the disk, and empty after a crash of the database. It counts for a minute only."""

    address = models.CharField(max_length=64, primary_key=True)
    """As chassis.client_address.network() has it."""
    used_until = models.DateTimeField()

    class Meta:
        db_table = "pace"
