from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def published(self) -> "SigningKeyQuerySet":
        """The keys that unexpired tokens may be signed with, oldest first."""
        return self.filter(~self._expired()).order_by("created_at", "kid")

    def expired(self) -> "SigningKeyQuerySet":
        return self.filter(self._expired())

    def with_activation(self) -> "SigningKeyQuerySet":
        """Annotates `is_active`, by the database's clock, so that all replicas agree."""
        is_active = Q(created_at__lte=Now() - SigningKey.ACTIVATION_DELAY)
        return self.annotate(
            is_active=models.ExpressionWrapper(is_active, output_field=models.BooleanField())
        )

    @staticmethod
    def _expired() -> Q:
        return Q(retired_at__isnull=False, retired_at__lt=Now() - SigningKey.RETENTION)


class SigningKey(models.Model):
    """An RSA key pair for access tokens. The newest active key signs."""

    ACTIVATION_DELAY = timedelta(seconds=60)
    """Time for all verifiers to load a new key before tokens are signed with it."""
    RETENTION = timedelta(minutes=16)
    """How long a retired key stays published: the lifetime of an access token and one minute."""

    kid = models.CharField(max_length=43, primary_key=True)
    """The thumbprint of the public key (RFC 7638)."""
    private_key = models.TextField()
    """PEM (PKCS 8), encrypted with DJANGO_SECRET_KEY."""
    public_jwk = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    """When the key stops signing; may be in the future."""

    is_active: bool

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        db_table = "signing_key"
