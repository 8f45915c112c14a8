"""Django's admin for staff, who sign in with their shop account.

    auth_backend, remote_backend   login at the user service; token refresh
    middleware     session, authentication and messages, for /admin/ only
    model_admin    read-only pages and cheap lists
    actions        forms, object buttons and bulk actions that call service functions
    names          names of another service's rows, one request for each page
    site           the login form and the titles
    defaults       settings

A service's `admin.py` declares what staff see and which service functions they can call.
"""
