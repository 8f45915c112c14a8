"""Tokens that reset a password, and mail that waits to be sent."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from users.models.accounts import LONGEST_EMAIL, User


class OutgoingMail(models.Model):
    """A mail that is still to be sent. A reset is written for every address alike, whether it has an account or not."""

    class Kind(models.TextChoices):
        RESET = "reset"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105
        EMAIL_CHANGED = "email_changed"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    kind = models.CharField(max_length=16, choices=Kind)
    email = models.CharField(max_length=LONGEST_EMAIL)
    due_at = models.DateTimeField(db_default=Now())
    """Of the next attempt to send it."""
    created_at = models.DateTimeField(db_default=Now())

    is_late: bool

    class Meta:
        db_table = "outgoing_mail"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["reset", "password_changed", "email_changed"]),
                name="mail_kind_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="mail_by_due_time")]

    @staticmethod
    def queue(kind: Kind, *emails: str | None) -> None:
        """In the transaction of the change that the mail tells of."""
        OutgoingMail.objects.bulk_create(
            OutgoingMail(kind=kind, email=email) for email in emails if email
        )


class ResetToken(models.Model):
    """What the newest mail to a user sets a new password with, once. The token itself is in the mail only."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, primary_key=True, related_name="reset_token"
    )
    hash = models.CharField(max_length=64)
    """SHA-256, in hex, of 256 random bits."""
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "reset_token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hash"], name="reset_token_is_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="reset_token_by_expiry")]
