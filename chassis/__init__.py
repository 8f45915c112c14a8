"""What every service has and no business has.

Rooms, from the ground up:

    environment          reading variables; refusing to guess
    problem_details, problems      how errors look (RFC 9457), and their kinds
    api, parsers, renderers, json_text         the base class of every view; JSON in and out
    validation, fast_validation    request serializers that refuse what they do not know
    text, countries      validators of text that people read, and of country codes
    context, request_timing        request id, trace and start of the request being worked on
    database, statements connections that cannot wait for ever; SQL that is planned once
    client_address       from where, behind the gateway too
    tokens, service_tokens, authentication     who is asking
    circuit_breaker, curl, http_client, requests_with_deadline    calls to other services
    admin                          Django's admin for staff, with the shop's accounts
    gunicorn_worker      threads, queue and connections of the HTTP server
    error_pages          every error code, and a page on each at /errors/
    keyset, pagination, health, metrics, request_log, logs, tracing, swagger, middleware, wsgi, gunicorn_defaults, urls
"""
