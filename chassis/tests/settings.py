"""Settings of the sample service: the chassis and one table."""

from chassis import database, logs, swagger_defaults
from chassis.admin import defaults as admin_defaults
from chassis.environment import Environment

environment = Environment()

# Core
SERVICE_NAME = "sample"
DEBUG = False
SECRET_KEY = "only-for-the-tests-of-the-chassis-0123456789"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

# Apps & middleware
INSTALLED_APPS = [
    "chassis.tests.sample",
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
ROOT_URLCONF = "chassis.tests.sample.urls"
TEMPLATES = admin_defaults.TEMPLATES
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Database
DATABASES = {
    "default": database.database_config(environment.database_config(), SERVICE_NAME)
    | {"TEST": {"NAME": "test_chassis"}}
}

# Upstream services
UPSTREAM_SERVICES: dict[str, str] = {}

# Authentication
JWKS_URL = environment.string("JWKS_URL", "http://127.0.0.1:9/jwks.json")
JWT_KEY_PROVIDER = environment.string("JWT_KEY_PROVIDER", "chassis.tests.keys.FixedKeys")
JWT_ISSUER = "shop-users"
JWT_AUDIENCE = "shop"
TOKEN_ENDPOINT_HINT = "POST /api/users/token/ of the user service"
SERVICE_KEYS = {"order": "only-for-the-tests-of-the-chassis-abcdefghij"}
TRUSTED_PROXY_SECRET = "only-for-the-tests-of-the-chassis-0987654321"
CORS_ALLOWED_ORIGINS: list[str] = []

# Admin
AUTHENTICATION_BACKENDS = ["chassis.admin.remote_backend.RemoteBackend"]
AUTH_TOKEN_URL = "http://127.0.0.1:9/api/users/token/"
globals().update(
    admin_defaults.sessions(SERVICE_NAME, secure=True)
)  # SESSION_COOKIE_NAME and others

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
SWAGGER_USE_COMPAT_RENDERERS = False
LOGGING = logs.configuration(
    SERVICE_NAME, environment.string("LOG_LEVEL", "INFO"), environment.string("LOG_FORMAT", "json")
)
OTLP_ENDPOINT = environment.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")
MIGRATION_DATABASE = {}
APPEND_ONLY_TABLES = []
