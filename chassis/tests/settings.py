"""The settings of a service that has nothing but the chassis and one table, to test the chassis with."""

from chassis import database, logs, swagger_defaults
from chassis.environment import Environment

environment = Environment()

# Who we are
SERVICE_NAME = "sample"
DEBUG = False
SECRET_KEY = "only-for-the-tests-of-the-chassis-0123456789"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

# What we are made of
INSTALLED_APPS = [
    "chassis.tests.sample",
    "chassis",
    "chassis.admin.apps.AdminWithoutTables",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_yasg",
    "corsheaders",
]
MIDDLEWARE = [
    "chassis.middleware.RequestMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
ROOT_URLCONF = "chassis.tests.sample.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
BODY_LIMITS = {"/api/import": 2 * 1024 * 1024}
FAST_PATHS = ["chassis.tests.sample.fast_path.PATH"]

# What we keep
DATABASES = {"default": database.configured(environment.database(), SERVICE_NAME) | {"TEST": {"NAME": "test_chassis"}}}
MIGRATION_MODULES = {"admin": None}

# Whom we talk to
DEPENDENCIES: dict[str, str] = {}

# Whom we trust
JWKS_URL = environment.text("JWKS_URL", "http://127.0.0.1:9/jwks.json")
TOKEN_KEYS = environment.text("TOKEN_KEYS", "chassis.tests.keys.FixedKeys")
TOKEN_ISSUER = "shop-users"
TOKEN_AUDIENCE = "shop"
TOKEN_ENDPOINT = "POST /api/users/token/ of the user service"
SERVICE_AUTH_KEY = "only-for-the-tests-of-the-chassis-abcdefghij"
GATEWAY_KEY = "only-for-the-tests-of-the-chassis-0987654321"
CORS_ALLOWED_ORIGINS: list[str] = []

# Who minds the shop
ISSUER = "chassis.tests.accounts.ScriptedIssuer"
TOKEN_URL = "http://127.0.0.1:9/token/"
SESSION_ENGINE = "chassis.admin.sessions"
SESSION_COOKIE_NAME = f"{SERVICE_NAME}_admin"
SESSION_COOKIE_PATH = "/admin"
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "chassis.admin.door.stale_form"

# How we speak
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["chassis.authentication.UserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chassis.authentication.IsStaff"],
    "DEFAULT_PARSER_CLASSES": ["chassis.payloads.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["chassis.payloads.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.payloads.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "chassis.pagination.KeysetPagination",
    "EXCEPTION_HANDLER": "chassis.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SWAGGER_SETTINGS = swagger_defaults.SETTINGS
SWAGGER_USE_COMPAT_RENDERERS = False
LOGGING = logs.configuration(SERVICE_NAME, environment.text("LOG_LEVEL", "INFO"), environment.text("LOG_FORMAT", "json"))
TRACES_ENDPOINT = environment.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")
MIGRATION_DATABASE = {}
APPEND_ONLY_TABLES = []
