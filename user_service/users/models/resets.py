"""Who has forgotten a password."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from users.models.accounts import LONGEST_EMAIL, User


class ResetRequest(models.Model):
    """Somebody asked for a mail to reset a password; written alike for every e-mail address, whether it has an account or not."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    account = models.CharField(max_length=64)
    """SHA-256 of the lower-cased e-mail address."""
    address = models.CharField(max_length=64)
    """The client's network."""
    email = models.CharField(max_length=LONGEST_EMAIL)
    """Where the mail is to go; empty once that is done or given up."""
    due_at = models.DateTimeField(null=True, db_default=Now())
    """When the mailer is to take it up, again if need be; null once it is done or given up."""
    created_at = models.DateTimeField(db_default=Now())

    is_late: bool

    class Meta:
        db_table = "reset_request"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(due_at__isnull=False) ^ Q(email=""), name="request_keeps_email_while_due"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="request_by_due_time"),
            models.Index(fields=["account", "created_at"], name="request_by_account"),
            models.Index(fields=["address", "created_at"], name="request_by_address"),
            models.Index(fields=["created_at"], name="request_by_time"),
        ]


class ResetToken(models.Model):
    """What the newest mail to a user sets a new password with, once. The token itself is in the mail only."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="reset_token")
    hash = models.CharField(max_length=64)
    """SHA-256, in hex, of 256 random bits."""
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "reset_token"
        constraints: ClassVar = [models.UniqueConstraint(fields=["hash"], name="reset_token_is_unique")]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="reset_token_by_expiry")]
