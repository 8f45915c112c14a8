"""The product service's settings: read once, from the environment, and refuse to guess."""

from pathlib import Path

from chassis import cors, database, logs, swagger_defaults
from chassis.environment import Environment

environment = Environment()

# Who we are
SERVICE_NAME = "product"
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False  # Django's debug pages are HTML and show settings: no path answers them, not even in a local run
SECRET_KEY = environment.key("DJANGO_SECRET_KEY", "local-only-django-secret-key-0123456789abcdef")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "*" if environment.local else "localhost,127.0.0.1")

# What we are made of
INSTALLED_APPS = [
    "products",
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
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
BODY_LIMITS = {"/api/products/import": 8 * 1024 * 1024}
FAST_PATHS = ["products.api.fast_path.SEVERAL", "products.api.fast_path.ONE"]

# What we keep
BEHIND_POOLER = environment.flag("DATABASE_POOLER", False)
DATABASES = {"default": database.configured(environment.database(), SERVICE_NAME, pooled=BEHIND_POOLER)}
MIGRATION_DATABASE = environment.optional_database("MIGRATION_DATABASE_URL")
APPEND_ONLY_TABLES: list[str] = []
MIGRATION_MODULES = {"admin": None}  # Django's admin has no tables here
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SHOP_CURRENCY = environment.pattern("SHOP_CURRENCY", "USD", "[A-Z]{3}", "three capital letters (ISO 4217), such as USD")
SHOP_URL = environment.pattern(  # of the pictures of the demo shop
    "SHOP_URL", "http://localhost:8080", r"https?://[^\s/?#@]+(/[^\s?#]*)?", "like https://shop.example.com"
).rstrip("/")

# Whom we talk to
USER_SERVICE_URL = environment.base_url("USER_SERVICE_URL")
DEPENDENCIES = {"user": USER_SERVICE_URL}

# Whom we trust
JWKS_URL = f"{USER_SERVICE_URL}/.well-known/jwks.json"
TOKEN_KEYS = "chassis.tokens.RemoteKeys"
TOKEN_ISSUER = "shop-users"
TOKEN_AUDIENCE = "shop"
TOKEN_ENDPOINT = "POST /api/users/token/ of the user service"
GATEWAY_KEY = environment.optional_key("GATEWAY_KEY", "local-only-gateway-key-0123456789abcdef")
CORS_ALLOWED_ORIGINS = environment.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_HEADERS = cors.ALLOW_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSE_HEADERS

# Who minds the shop
ISSUER = "chassis.admin.issuer.RemoteIssuer"
TOKEN_URL = f"{USER_SERVICE_URL}/api/users/token/"
SESSION_ENGINE = "chassis.admin.sessions"
SESSION_COOKIE_NAME = f"{SERVICE_NAME}_admin"  # cookies know hosts and no ports, and on a developer's host there are four of us
SESSION_COOKIE_PATH = "/admin"
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = not environment.local
SESSION_COOKIE_AGE = 8 * 60 * 60  # seconds without a request; each access token of a session lives for 15 minutes
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "chassis.admin.door.stale_form"
CSRF_TRUSTED_ORIGINS = cors.behind_https(ALLOWED_HOSTS)

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
FIELD_WORDS = "products.api.words.WORDS"
REDOC_SETTINGS = swagger_defaults.REDOC_SETTINGS
SWAGGER_USE_COMPAT_RENDERERS = False
LOGGING = logs.configuration(
    SERVICE_NAME,
    environment.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    environment.choice("LOG_FORMAT", "json", {"json", "console"}),
)
TRACES_ENDPOINT = environment.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")
