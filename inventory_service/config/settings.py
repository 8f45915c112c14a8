"""The inventory service's settings, read from the environment once, at start."""

from pathlib import Path

from chassis import cors, database, logs, swagger_defaults
from chassis.admin import defaults as admin_defaults
from chassis.environment import Environment

environment = Environment()

# Core
SERVICE_NAME = "inventory"
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False  # even in a local run: Django's debug pages are HTML and show settings
SECRET_KEY = environment.key("DJANGO_SECRET_KEY", "local-only-django-secret-key-0123456789abcdef")
ALLOWED_HOSTS = environment.hosts(
    "ALLOWED_HOSTS", "*" if environment.is_local else "localhost,127.0.0.1"
)
LOGGING = logs.configuration(
    SERVICE_NAME,
    environment.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    environment.choice("LOG_FORMAT", "json", {"json", "console"}),
)
OTLP_ENDPOINT = environment.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")

# Apps & middleware
INSTALLED_APPS = [
    "inventory",
    "chassis",
    *admin_defaults.APPS,
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_yasg",
    "corsheaders",
]
MIDDLEWARE = [
    "chassis.middleware.RequestMiddleware",
    "chassis.middleware.CorsMiddleware",
    "chassis.admin.middleware.AdminOnly",
]
SILENCED_SYSTEM_CHECKS = admin_defaults.SILENCED_CHECKS
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = admin_defaults.TEMPLATES
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Database
DISABLE_PREPARED_STATEMENTS = environment.boolean("DATABASE_USES_PGBOUNCER", False)
DATABASES = {
    "default": database.database_config(
        environment.database_config(), SERVICE_NAME, pooled=DISABLE_PREPARED_STATEMENTS
    )
}
MIGRATION_DATABASE = environment.optional_database_config("MIGRATION_DATABASE_URL")
APPEND_ONLY_TABLES = ["movement"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Upstream services
USER_SERVICE_URL = environment.base_url("USER_SERVICE_URL")
PRODUCT_SERVICE_URL = environment.base_url("PRODUCT_SERVICE_URL")
UPSTREAM_SERVICES = {"user": USER_SERVICE_URL, "product": PRODUCT_SERVICE_URL}

# Authentication
JWKS_URL = f"{USER_SERVICE_URL}/.well-known/jwks.json"
JWT_KEY_PROVIDER = "chassis.tokens.JWKSClient"
JWT_ISSUER = "shop-users"
JWT_AUDIENCE = "shop"
TOKEN_ENDPOINT_HINT = "POST /api/users/token/ of the user service"
SERVICE_KEYS = {
    "order": environment.key(
        "ORDER_TO_INVENTORY_KEY", "local-only-order-to-inventory-key-0123456789"
    )
}
TRUSTED_PROXY_SECRET = environment.optional_key(
    "TRUSTED_PROXY_SECRET", "local-only-x-proxy-secret-0123456789abcdef"
)
CORS_ALLOWED_ORIGINS = environment.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_HEADERS = cors.ALLOW_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSE_HEADERS

# Admin
AUTHENTICATION_BACKENDS = ["chassis.admin.remote_backend.RemoteBackend"]
AUTH_TOKEN_URL = f"{USER_SERVICE_URL}/api/users/token/"
# SESSION_COOKIE_NAME and similar settings
globals().update(admin_defaults.sessions(SERVICE_NAME, secure=not environment.is_local))
CSRF_TRUSTED_ORIGINS = cors.https_origins(ALLOWED_HOSTS)

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["chassis.authentication.UserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chassis.authentication.IsStaff"],
    "DEFAULT_PARSER_CLASSES": ["chassis.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["chassis.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.renderers.IgnoreAccept",
    "EXCEPTION_HANDLER": "chassis.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SWAGGER_SETTINGS = swagger_defaults.SETTINGS
OPENAPI_PATH_EXAMPLES = {"product_id": "01964164-6260-7eb5-8431-10f63fcffedd"}  # demo data
REDOC_SETTINGS = swagger_defaults.REDOC_SETTINGS
SWAGGER_USE_COMPAT_RENDERERS = False
