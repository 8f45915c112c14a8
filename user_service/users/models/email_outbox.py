from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from users.models.users import EMAIL_MAX_LENGTH


class OutgoingMail(models.Model):
    """The e-mail outbox: mail that is not sent yet.

    A reset is queued for every address, whether it has an account or not.
    """

    class Kind(models.TextChoices):
        RESET = "reset"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105
        EMAIL_CHANGED = "email_changed"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    kind = models.CharField(max_length=16, choices=Kind)
    email = models.CharField(max_length=EMAIL_MAX_LENGTH)
    due_at = models.DateTimeField(db_default=Now())
    """The time of the next attempt."""
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
