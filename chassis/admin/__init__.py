"""Django's stock admin with the shop's accounts instead of passwords of its own.

    auth_backend, remote_backend   signing in where the accounts are, and staying signed in
    middleware     session, authentication and messages, for /admin/ only
    model_admin    read-only pages and cheap lists
    actions        forms, object buttons and bulk actions that call service functions
    names          names of rows of another service, one request for a page
    site           the login form and the titles
    defaults       settings

A service's `admin.py` says what staff see and which service functions they can call.
"""
