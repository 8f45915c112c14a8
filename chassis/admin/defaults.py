"""Settings that Django's admin needs, the same in all services."""

from typing import Any

APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_object_actions",
]
SILENCED_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]
"""They look in MIDDLEWARE for the middlewares that AdminOnly wraps."""
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
]


def sessions(service: str, *, secure: bool) -> dict[str, Any]:
    """Cookies ignore ports and four services share a host locally: each has its own names."""
    return {
        "LOGIN_REDIRECT_URL": "admin:index",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "SESSION_COOKIE_NAME": f"{service}_admin",
        "SESSION_COOKIE_AGE": 8 * 60 * 60,  # seconds since the tokens in it were refreshed
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": f"{service}_admin_csrf",
        "CSRF_COOKIE_HTTPONLY": True,
        **{
            f"{kind}_COOKIE_{name}": value
            for kind in ("SESSION", "CSRF")
            for name, value in {"PATH": "/admin", "SAMESITE": "Strict", "SECURE": secure}.items()
        },
    }
