"""The settings, read once from the environment; a missing or invalid value ends the process."""

from pathlib import Path

from chassis import cors, database, logs, swagger_defaults
from chassis.admin import defaults as admin_defaults
from chassis.environment import Environment

environment = Environment()

# Core
SERVICE_NAME = "user"
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False  # not even in a local run: debug pages are HTML and show settings
SECRET_KEY = environment.key("DJANGO_SECRET_KEY", "local-only-django-secret-key-0123456789abcdef")
ALLOWED_HOSTS = environment.hosts(
    "ALLOWED_HOSTS", "*" if environment.is_local else "localhost,127.0.0.1"
)

# Apps & middleware
INSTALLED_APPS = [
    "users",  # before chassis, whose command `bootstrap` it overrides
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
APPEND_ONLY_TABLES: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Upstream services
UPSTREAM_SERVICES: dict[str, str] = {}

# Authentication
JWT_KEY_PROVIDER = "users.services.key_store.DatabaseKeys"
JWT_ISSUER = "shop-users"
JWT_AUDIENCE = "shop"
TOKEN_ENDPOINT_HINT = "POST /api/users/token/"
ADMIN_EMAIL = environment.string(
    "ADMIN_EMAIL", "admin@example.com" if environment.is_local else None
)
ADMIN_PASSWORD = environment.secret("ADMIN_PASSWORD", "admin-password")
SERVICE_KEYS = {
    "order": environment.key("ORDER_TO_USER_KEY", "local-only-order-to-user-key-0123456789abcd")
}
PASSWORD_HASHERS = ["users.services.password_hashing.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
TRUSTED_PROXY_SECRET = environment.optional_key(
    "TRUSTED_PROXY_SECRET", "local-only-x-proxy-secret-0123456789abcdef"
)
CORS_ALLOWED_ORIGINS = environment.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_HEADERS = cors.ALLOW_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSE_HEADERS

# Admin
AUTHENTICATION_BACKENDS = ["users.services.admin_auth.LocalAuthBackend"]
# SESSION_COOKIE_NAME and similar
globals().update(admin_defaults.sessions(SERVICE_NAME, secure=not environment.is_local))
CSRF_TRUSTED_ORIGINS = cors.https_origins(ALLOWED_HOSTS)

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.api.authentication.ActiveSessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chassis.authentication.IsStaff"],
    "DEFAULT_PARSER_CLASSES": ["chassis.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["chassis.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.renderers.IgnoreAccept",
    "EXCEPTION_HANDLER": "chassis.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SWAGGER_SETTINGS = swagger_defaults.SETTINGS
REDOC_SETTINGS = swagger_defaults.REDOC_SETTINGS
SWAGGER_USE_COMPAT_RENDERERS = False
LOGGING = logs.configuration(
    SERVICE_NAME,
    environment.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    environment.choice("LOG_FORMAT", "json", {"json", "console"}),
)
OTLP_ENDPOINT = environment.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")

# Business
globals().update(environment.email_config())  # EMAIL_BACKEND, EMAIL_HOST and similar
EMAIL_TIMEOUT = 10  # seconds for each response of the mail server; only the sender thread waits
DEFAULT_FROM_EMAIL = environment.sender("EMAIL_FROM", "shop@localhost")
SHOP_URL = environment.web_address("SHOP_URL", "http://localhost:8080")
