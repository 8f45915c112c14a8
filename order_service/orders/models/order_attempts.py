from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7


class Attempt(models.Model):
    """An attempt to place an order; services/order_attempts.py has its state machine."""

    class State(models.TextChoices):
        STARTED = "started"
        COMPLETED = "completed"
        REJECTED = "rejected"
        ABORTING = "aborting"
        ABORTED = "aborted"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State)
    order_id = models.UUIDField()
    """The current order id: a new one each time the attempt restarts."""
    lease_until = models.DateTimeField()
    """Until then only the lease holder works on it: a request (started) or a worker (aborting)."""
    response_status = models.SmallIntegerField(null=True)
    response_body = models.TextField(null=True)  # noqa: DJ001  (null: there is none yet)
    """The definitive response, byte for byte."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user_id", "idempotency_key"], name="one_attempt_per_key"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["started", "completed", "rejected", "aborting", "aborted"]),
                name="attempt_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["completed", "rejected"],
                    response_body__isnull=False,
                    response_status__isnull=False,
                )
                | Q(state__in=["started", "aborting", "aborted"], response_body__isnull=True),
                name="a_finished_attempt_has_a_response",
            ),
            models.CheckConstraint(
                condition=Q(state="completed", response_status=201)
                | Q(state="rejected", response_status__in=[409, 422])
                | Q(state__in=["started", "aborting", "aborted"], response_status__isnull=True),
                name="only_definitive_responses_are_stored",
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
