"""Validators of serializer fields."""

from urllib.parse import SplitResult, urlsplit

from django.core.validators import URLValidator
from rest_framework import serializers

INVALID_URL = (
    "Has to be a URL such as https://images.example.com/lamp-1.jpg: http or https, "
    "without user name and password."
)


def validate_single_line(text: str) -> None:
    """Rejects texts that look equal to another but differ in spaces or invisible characters."""
    if text != text.strip() or not text.isprintable():
        raise serializers.ValidationError(
            "Has to be printable characters, without spaces at the ends.", code="invalid"
        )


def validate_image_url(url: str) -> None:
    """A browser will request it: http or https, no password, no characters that URLs escape."""
    URLValidator(schemes=["http", "https"], message=INVALID_URL)(url)
    parts = urlsplit(url)
    has_user = parts.username is not None
    if has_user or not _has_valid_port(parts) or set(url) & set('"<>\\^`{|}'):
        raise serializers.ValidationError(INVALID_URL, code="invalid")


def _has_valid_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False
