"""The WSGI application of a service, loaded whole, so that processes forked from this one share its memory."""

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from chassis import database, tracing


def application() -> WSGIHandler:
    database.install()
    tracing.install(settings.SERVICE_NAME)
    django = get_wsgi_application()
    _ = get_resolver().url_patterns
    return django
