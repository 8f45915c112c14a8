from django.db import models


class RateLimit(models.Model):
    """The state of a rate limit (GCRA), by key: `user ID` or `address NETWORK`.

    Unlogged: written without waiting for the disk, and empty after a crash of the database.
    """

    key = models.CharField(max_length=80, primary_key=True)
    theoretical_arrival_time = models.DateTimeField()

    class Meta:
        db_table = "rate_limit"
