"""Counters of rate limits."""

from django.db import models


class RateLimit(models.Model):
    """Unlogged: written without waiting for the disk, and empty after a crash of the database. It counts for a minute only."""

    key = models.CharField(max_length=80, primary_key=True)
    """`user ID` or `address NETWORK`, the latter as chassis.client_address.rate_limit_key() has it."""
    theoretical_arrival_time = models.DateTimeField()

    class Meta:
        db_table = "rate_limit"
