"""The facts: who has an account, who is signed in, and the keys that say so to the other services."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from chassis.ids import UUIDv7

LONGEST_EMAIL = 254
LONGEST_NAME = 150


class UserQuerySet(models.QuerySet["User"]):
    def with_email(self, email: str) -> "UserQuerySet":
        """In whatever case it is written; there is one at most."""
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.lower())

    def matching(self, *, search: str = "") -> "UserQuerySet":
        return self.filter(Q(email__icontains=search) | Q(name__icontains=search)) if search else self

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

    objects = UserQuerySet.as_manager()

    class Meta:
        db_table = "account"  # "user" is a word of SQL's own
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="email_is_unique"),
            models.CheckConstraint(condition=Q(role__in=["customer", "staff"]), name="role_is_known"),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(name="", password="", is_active=False),
                name="closed_account_keeps_no_personal_data",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(role="staff", is_active=True), name="active_staff"),
        ]

    @property
    def is_closed(self) -> bool:
        return self.email is None


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
    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="refresh_tokens")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["login"], condition=Q(spent_at=None), name="one_unspent_token_per_login"),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="refresh_token_by_expiry")]


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def published(self) -> "SigningKeyQuerySet":
        """The keys that a token in use may be signed with, oldest first."""
        return self.filter(~self._outlived()).order_by("created_at", "kid")

    def outlived(self) -> "SigningKeyQuerySet":
        return self.filter(self._outlived())

    def with_ripeness(self) -> "SigningKeyQuerySet":
        """`is_ripe`: known to everybody for long enough to sign. By the database's clock, so that all replicas agree."""
        ripe = Q(created_at__lte=Now() - SigningKey.KNOWN_BEFORE_USE)
        return self.annotate(is_ripe=models.ExpressionWrapper(ripe, output_field=models.BooleanField()))

    @staticmethod
    def _outlived() -> Q:
        return Q(retired_at__isnull=False, retired_at__lt=Now() - SigningKey.KNOWN_AFTER_USE)


class SigningKey(models.Model):
    """An RSA key pair. It is published, signs when it is the newest that is ripe, retires, and is deleted."""

    KNOWN_BEFORE_USE = timedelta(seconds=60)
    """Verifiers ask for keys they do not know every few seconds: let all have the chance."""
    KNOWN_AFTER_USE = timedelta(minutes=16)
    """The life of an access token, and a minute for clocks and processes that lag behind."""

    kid = models.CharField(max_length=43, primary_key=True)
    """The thumbprint of the public key (RFC 7638)."""
    private_key = models.TextField()
    """PEM (PKCS 8), encrypted with DJANGO_SECRET_KEY."""
    public_jwk = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    """From when on it signs nothing more; may be in the future."""

    is_ripe: bool

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        db_table = "signing_key"


class FailedSignIn(models.Model):
    """A wrong password, remembered for a quarter of an hour."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    account = models.CharField(max_length=64)
    """SHA-256 of the lower-cased e-mail address, whether there is such an account or not."""
    address = models.CharField(max_length=64)
    """The client's network address."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "failed_sign_in"
        indexes: ClassVar = [
            models.Index(fields=["address", "-created_at"], name="failure_by_address"),
            models.Index(fields=["account"], name="failure_by_account"),
            models.Index(fields=["created_at"], name="failure_by_time"),
        ]
