"""Snapshots of the service: docs/openapi/<service>.json and docs/errors/<service>.json.

devtools/openapi3 converts the first one to docs/openapi/<service>.openapi3.json.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_yasg.codecs import OpenAPICodecJson

from chassis.error_pages import error_docs
from chassis.swagger_schema import Generator


def current_schema() -> dict[str, Any]:
    """The body of /swagger.json, without a request or a database."""
    info = import_module(settings.ROOT_URLCONF).info
    schema = Generator(info).get_schema(request=None, public=True)
    document: dict[str, Any] = json.loads(OpenAPICodecJson(validators=[]).encode(schema))
    return document


def expected_files() -> dict[Path, str]:
    name = f"{settings.SERVICE_NAME}.json"
    return {
        _docs() / "openapi" / name: _as_text(current_schema()),
        _docs() / "errors" / name: _as_text(error_docs()),
    }


def released_path() -> Path:
    """The interface that clients rely on; only a release changes it."""
    return _docs() / "openapi" / "released" / f"{settings.SERVICE_NAME}.json"


def openapi3_path() -> Path:
    return _docs() / "openapi" / f"{settings.SERVICE_NAME}.openapi3.json"


def write(*, release: bool) -> None:
    files = expected_files()
    if release:
        files[released_path()] = _as_text(current_schema())
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _docs() -> Path:
    return Path(settings.BASE_DIR).parent / "docs"


def _as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
