"""The tries to place an order."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7


class Attempt(models.Model):
    """One try, or several, to place one order; see services/attempts.py for how the state changes.

    absent ─claim→ started ─┬─ saved with the order ──→ completed
       ▲                    ├─ refused for good ──────→ refused
       └── aborted ←─release─ aborting ←── anything unknown, or the lease is over
    """

    class State(models.TextChoices):
        STARTED = "started"
        COMPLETED = "completed"
        REFUSED = "refused"
        ABORTING = "aborting"
        ABORTED = "aborted"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State)
    order_id = models.UUIDField()
    """The id under way: a new one each time the attempt starts over."""
    lease_until = models.DateTimeField()
    """Until then a request (started) or a worker (aborting) is at it, and nobody else."""
    answer_status = models.SmallIntegerField(null=True)
    answer = models.TextField(null=True)  # noqa: DJ001  (no answer is not an empty one)
    """The definitive answer, word for word."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user_id", "idempotency_key"], name="one_attempt_per_key"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["started", "completed", "refused", "aborting", "aborted"]),
                name="attempt_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["completed", "refused"],
                    answer__isnull=False,
                    answer_status__isnull=False,
                )
                | Q(state__in=["started", "aborting", "aborted"], answer__isnull=True),
                name="an_attempt_has_its_answer_when_it_is_over",
            ),
            models.CheckConstraint(
                condition=Q(state="completed", answer_status=201)
                | Q(state="refused", answer_status__in=[409, 422])
                | Q(state__in=["started", "aborting", "aborted"], answer_status__isnull=True),
                name="only_definitive_answers_are_kept",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["started", "aborting"]),
                name="unfinished_attempts",
            ),
            models.Index(fields=["created_at"], name="attempts_by_age"),
        ]
