"""The service's documents as files: `docs/openapi/<service>.json` and `docs/errors/<service>.json` of the repository."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_yasg.codecs import OpenAPICodecJson

from chassis.documents.errors import meanings
from chassis.swagger_schema import Generator


def folder() -> Path:
    return Path(settings.BASE_DIR).parent / "docs"


def interface() -> dict[str, Any]:
    """What /swagger.json answers, without a request or a database."""
    info = import_module(settings.ROOT_URLCONF).info
    schema = Generator(info).get_schema(request=None, public=True)
    document: dict[str, Any] = json.loads(OpenAPICodecJson(validators=[]).encode(schema))
    return document


def of_today() -> dict[Path, str]:
    """The files as they have to be."""
    name = f"{settings.SERVICE_NAME}.json"
    return {folder() / "openapi" / name: as_text(interface()), folder() / "errors" / name: as_text(meanings())}


def released() -> Path:
    """The form that callers were promised; only a release writes it."""
    return folder() / "openapi" / "released" / f"{settings.SERVICE_NAME}.json"


def as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
