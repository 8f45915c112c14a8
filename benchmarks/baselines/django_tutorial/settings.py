"""One file for the three projects; SERVICE says which of them this process is."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

SERVICE = os.environ["SERVICE"]  # products, inventory or orders
PRODUCT_URL = os.environ.get("PRODUCT_SERVICE_URL", "")
INVENTORY_URL = os.environ.get("INVENTORY_SERVICE_URL", "")

SECRET_KEY = "a-baseline-keeps-no-secrets"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = f"{SERVICE}.urls"
WSGI_APPLICATION = "wsgi.application"
INSTALLED_APPS = ["rest_framework", SERVICE]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username,
        "PASSWORD": unquote(_url.password or ""),
        "HOST": parse_qs(_url.query)["host"][0],
        "CONN_MAX_AGE": 0,
    }
}

REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 20,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
