"""The keys that say to the other services who somebody is."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def published(self) -> "SigningKeyQuerySet":
        """The keys that a token in use may be signed with, oldest first."""
        return self.filter(~self._outlived()).order_by("created_at", "kid")

    def outlived(self) -> "SigningKeyQuerySet":
        return self.filter(self._outlived())

    def with_ripeness(self) -> "SigningKeyQuerySet":
        """`is_ripe`: known to everybody for long enough to sign. By the database's clock, so that all replicas agree."""
        ripe = Q(created_at__lte=Now() - SigningKey.KNOWN_BEFORE_USE)
        return self.annotate(
            is_ripe=models.ExpressionWrapper(ripe, output_field=models.BooleanField())
        )

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
