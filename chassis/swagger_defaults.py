"""drf-yasg's settings, the same in all services. Imported by settings, so it imports no Django."""

from typing import Any

BEARER = "Bearer"
SPEC_URL = "/swagger.json"
SETTINGS: dict[str, Any] = {
    "SECURITY_DEFINITIONS": {
        BEARER: {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Bearer <access token>`; access tokens come from "
            "`POST /api/users/token/`. The header has to begin with `Bearer`; only this page's "
            "Authorize dialog adds a missing `Bearer`.",
        }
    },
    "SECURITY_REQUIREMENTS": [],
    "DEFAULT_GENERATOR_CLASS": "chassis.swagger_schema.Generator",
    "DEFAULT_AUTO_SCHEMA_CLASS": "chassis.swagger_schema.AutoSchema",
    "DEFAULT_MODEL_RENDERING": "example",
    "USE_SESSION_AUTH": False,
    "PERSIST_AUTH": True,
    "SPEC_URL": SPEC_URL,
    "DISPLAY_OPERATION_ID": False,
}
REDOC_SETTINGS = {"SPEC_URL": SPEC_URL}
