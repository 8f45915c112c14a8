from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from users.models.users import User


class Session(models.Model):
    """A sign-in on one device. It lasts until it is ended or its last refresh token expires."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "session"


class RefreshToken(models.Model):
    """A single-use token, exchanged for the next one of its session. Only its hash is stored."""

    hash = models.CharField(max_length=64, primary_key=True)
    """SHA-256 in hex. The token has 256 random bits, so a slow hash is not needed."""
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="refresh_tokens", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_token"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(used_at=None), name="one_unused_token_per_session"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="refresh_token_by_expiry"),
            models.Index(fields=["session", "created_at"], name="refresh_token_by_session"),
        ]
