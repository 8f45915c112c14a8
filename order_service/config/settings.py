"""Settings, read once from the environment; an invalid variable stops the start."""

from pathlib import Path

from iso4217 import Currency

from chassis import cors, database, logs, swagger_defaults
from chassis.admin import defaults as admin_defaults
from chassis.environment import Environment

environment = Environment()

# Core
SERVICE_NAME = "order"
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False  # also in local runs: Django's debug pages are HTML and show settings
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
    "orders",
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
APPEND_ONLY_TABLES = ["note"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Upstream services
USER_SERVICE_URL = environment.base_url("USER_SERVICE_URL")
PRODUCT_SERVICE_URL = environment.base_url("PRODUCT_SERVICE_URL")
INVENTORY_SERVICE_URL = environment.base_url("INVENTORY_SERVICE_URL")
UPSTREAM_SERVICES = {
    "user": USER_SERVICE_URL,
    "product": PRODUCT_SERVICE_URL,
    "inventory": INVENTORY_SERVICE_URL,
}

# Authentication
JWKS_URL = f"{USER_SERVICE_URL}/.well-known/jwks.json"
JWT_KEY_PROVIDER = "chassis.tokens.JWKSClient"
JWT_ISSUER = "shop-users"
JWT_AUDIENCE = "shop"
TOKEN_ENDPOINT_HINT = "POST /api/users/token/ of the user service"
ORDER_TO_INVENTORY_KEY = environment.key(
    "ORDER_TO_INVENTORY_KEY", "local-only-order-to-inventory-key-0123456789"
)
ORDER_TO_USER_KEY = environment.key(
    "ORDER_TO_USER_KEY", "local-only-order-to-user-key-0123456789abcd"
)
TRUSTED_PROXY_SECRET = environment.optional_key(
    "TRUSTED_PROXY_SECRET", "local-only-x-proxy-secret-0123456789abcdef"
)

# Admin
AUTHENTICATION_BACKENDS = ["chassis.admin.remote_backend.RemoteBackend"]
AUTH_TOKEN_URL = f"{USER_SERVICE_URL}/api/users/token/"
globals().update(
    admin_defaults.sessions(SERVICE_NAME, secure=not environment.is_local)
)  # SESSION_COOKIE_NAME and others
CSRF_TRUSTED_ORIGINS = cors.https_origins(ALLOWED_HOSTS)

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["chassis.authentication.UserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chassis.authentication.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["chassis.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["chassis.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.renderers.IgnoreAccept",
    "EXCEPTION_HANDLER": "chassis.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SWAGGER_SETTINGS = swagger_defaults.SETTINGS
REDOC_SETTINGS = swagger_defaults.REDOC_SETTINGS
SWAGGER_USE_COMPAT_RENDERERS = False
CORS_ALLOWED_ORIGINS = environment.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_HEADERS = cors.ALLOW_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSE_HEADERS

# Business
SHOP_CURRENCY = environment.choice(
    "SHOP_CURRENCY",
    "USD",
    {each.code for each in Currency},
    "a currency code of ISO 4217, such as USD",
)
ORDER_RATE_LIMIT = environment.rate("ORDER_RATE_LIMIT", "60/min")  # per user, through the gateway
