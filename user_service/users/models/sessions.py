"""Logins and their refresh tokens."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from users.models.accounts import User


class Login(models.Model):
    """A sign-in on one device, for as long as its refresh tokens are renewed."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="logins")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "login"


class RefreshToken(models.Model):
    """A token that can be spent once, for the next one of its login. The token itself is known to its holder only."""

    hash = models.CharField(max_length=64, primary_key=True)
    """SHA-256, in hex. The token is 256 random bits, so nothing slower is needed to keep it unguessable."""
    login = models.ForeignKey(
        Login, on_delete=models.PROTECT, related_name="refresh_tokens", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_token"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["login"], condition=Q(spent_at=None), name="one_unspent_token_per_login"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="refresh_token_by_expiry"),
            models.Index(fields=["login", "created_at"], name="refresh_token_by_login"),
        ]
