"""Who has an account, and what finds it."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Length, Lower, Now

from chassis.ids import UUIDv7

LONGEST_EMAIL = 254
LONGEST_NAME = 150


class BeginsWith(Func):
    """`text ^@ beginning`: a range of an index whose collation is "C"."""

    template = "(%(expressions)s)"
    arg_joiner = " ^@ "
    output_field = BooleanField()


class Folded(Func):
    """A search in the case and spacing of the search keys, and without accents like them."""

    function = "search_folded"
    output_field = models.TextField()

    def __init__(self, search: str) -> None:
        super().__init__(Value(search))


class UserQuerySet(models.QuerySet["User"]):
    def with_email(self, email: str) -> "UserQuerySet":
        """In whatever case it is written; there is one at most."""
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.lower())

    def found_by(self, search: str) -> "UserQuerySet":
        """Those with a word of their e-mail address or name at which the search begins, by `key`; each of them once."""
        keyed = self.annotate(key=F("search_keys__key"), shared=F("search_keys__shared"))
        return keyed.filter(BeginsWith("key", Folded(search)), shared__lt=Length(Folded(search)))

    def closed(self, *, after: datetime) -> "UserQuerySet":
        """Nothing of a closed account changes any more, so `updated_at` is when it was closed."""
        return self.filter(email__isnull=True, updated_at__gt=after)

    def active_staff(self) -> "UserQuerySet":
        return self.filter(role=User.Role.STAFF, is_active=True)


class User(models.Model):
    """An account. A closed one keeps its id, for the orders that name it, and nothing of the person."""

    class Role(models.TextChoices):
        CUSTOMER = "customer"
        STAFF = "staff"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    email = models.CharField(max_length=LONGEST_EMAIL, null=True)  # noqa: DJ001  (closed accounts have none, and "" is one)
    """As it was typed; compared without regard to case."""
    name = models.CharField(max_length=LONGEST_NAME, db_default="")
    role = models.CharField(max_length=8, choices=Role, db_default=Role.CUSTOMER)
    password = models.CharField(max_length=255)
    """Its Argon2id hash; empty when the account is closed."""
    is_active = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    key: str
    """By which a search has found it."""

    objects = UserQuerySet.as_manager()

    class Meta:
        db_table = "account"  # "user" is a word of SQL's own
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="email_is_unique"),
            models.CheckConstraint(
                condition=Q(role__in=["customer", "staff"]), name="role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(name="", password="", is_active=False),
                name="closed_account_keeps_no_personal_data",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(role="staff", is_active=True), name="active_staff"
            ),
            models.Index(fields=["id"], condition=Q(role="staff"), name="staff_by_id"),
            models.Index(fields=["id"], condition=Q(is_active=False), name="inactive_by_id"),
            models.Index(
                fields=["updated_at", "id"], condition=Q(email__isnull=True), name="closed_by_time"
            ),
        ]

    def __str__(self) -> str:
        return self.email or "Closed account"

    @property
    def is_closed(self) -> bool:
        return self.email is None


class SearchKey(models.Model):
    """A beginning by which staff find an account: the e-mail address or the name from one of its words on, and the account's id.

    PostgreSQL writes them itself (`keep_account_searchable`), so that no way to change an account can leave them behind.
    """

    key = models.TextField(primary_key=True, db_collation="C")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="search_keys")
    shared = models.SmallIntegerField()
    """Characters in which it begins like the key before it of the same account: a search that is no longer finds it by that one."""

    class Meta:
        db_table = "search_key"
