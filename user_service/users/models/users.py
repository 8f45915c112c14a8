"""Accounts, and the index of prefixes that staff search them by."""

from typing import ClassVar

from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Length, Lower, Now

from chassis.ids import UUIDv7

EMAIL_MAX_LENGTH = 254
NAME_MAX_LENGTH = 150


class StartsWith(Func):
    """`text ^@ prefix`: a range of an index whose collation is "C"."""

    template = "(%(expressions)s)"
    arg_joiner = " ^@ "
    output_field = BooleanField()


class Normalized(Func):
    """A search text with case, accents and spacing normalized as in the stored prefixes."""

    function = "normalize_search_text"
    output_field = models.TextField()

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


class UserQuerySet(models.QuerySet["User"]):
    def with_email(self, email: str) -> "UserQuerySet":
        """Compares without regard to case; finds at most one account."""
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.lower())

    def search(self, text: str) -> "UserQuerySet":
        """Accounts with a word in their e-mail address or name that starts with `text`.

        Annotates `prefix`, to sort by. Returns each account once.
        """
        users = self.annotate(
            prefix=F("search_prefixes__prefix"), shared_length=F("search_prefixes__shared_length")
        )
        return users.filter(
            StartsWith("prefix", Normalized(text)), shared_length__lt=Length(Normalized(text))
        )

    def active_staff(self) -> "UserQuerySet":
        return self.filter(role=User.Role.STAFF, is_active=True)


class User(models.Model):
    """An account. A closed account keeps its id, which orders refer to, and no personal data."""

    class Role(models.TextChoices):
        CUSTOMER = "customer"
        STAFF = "staff"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    email = models.CharField(  # noqa: DJ001
        max_length=EMAIL_MAX_LENGTH,
        null=True,
        help_text="The e-mail address of the account; compared without regard to case.",
    )
    """Stored as typed, unique without regard to case; null for closed accounts."""
    name = models.CharField(
        max_length=NAME_MAX_LENGTH, db_default="", help_text="The name to address the user by."
    )
    role = models.CharField(
        max_length=8, choices=Role, db_default=Role.CUSTOMER, help_text="customer or staff."
    )
    password = models.CharField(max_length=255)
    """The Argon2id hash; empty for closed accounts."""
    is_active = models.BooleanField(db_default=True, help_text="Whether the account can sign in.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    prefix: str

    objects = UserQuerySet.as_manager()

    class Meta:
        db_table = "account"  # "user" is a reserved word in SQL
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="email_is_unique"),
            models.CheckConstraint(
                condition=Q(role__in=["customer", "staff"]), name="role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(name="", password="", is_active=False),
                name="closed_account_has_no_personal_data",
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


class UserSearchPrefix(models.Model):
    """A text that staff find an account by: its e-mail address or name, from one of its words on.

    The trigger `account_search_prefixes` writes the rows in the statement that writes the account.
    """

    prefix = models.TextField(primary_key=True, db_collation="C")
    """Ends with the account's id, which makes it unique."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="search_prefixes")
    shared_length = models.SmallIntegerField()
    """Length of the start that this prefix shares with the account's previous one.

    A search text of that length or less matches the previous prefix too, so this one is left out.
    """

    class Meta:
        db_table = "user_search_prefix"
