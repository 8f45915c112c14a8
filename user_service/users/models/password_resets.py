from typing import ClassVar

from django.db import models

from users.models.users import User


class ResetToken(models.Model):
    """The single-use token of the newest password reset mail. Only its hash is stored."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, primary_key=True, related_name="reset_token"
    )
    hash = models.CharField(max_length=64)
    """SHA-256 in hex of 256 random bits."""
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "reset_token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hash"], name="reset_token_is_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="reset_token_by_expiry")]
