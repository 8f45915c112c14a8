"""What every service has and no business has.

Modules, from the lowest layer up:

    environment, environment_values          reads and checks environment variables
    problem_details, problems, exceptions    error documents (RFC 9457) and their classes
    api, parsers, renderers, json_text       the base class of every view; JSON in and out
    validation, fast_validation, query       request serializers that reject unknown fields
    text, countries, read_only, csv_io       field validators; CSV
    context, request_timing, request_log     request id, trace, start and log line of a request
    database, postgresql, statements         time limits, circuit breaker, prepared statements
    client_address                           client IP and rate limit key, behind the gateway too
    tokens, service_tokens, authentication   JWT verification, users and services, permissions
    circuit_breaker, curl, http_client, requests_with_deadline    calls to other services
    keyset, pagination, idempotency, ids     cursor pages, Idempotency-Key, UUIDv7
    health, metrics, logs, tracing           observability
    error_pages, swagger                     /errors/, /swagger/, /redoc/, swagger.json
    admin                                    Django's admin for staff
    middleware, urls, wsgi, gunicorn_defaults, gunicorn_worker    the HTTP server
    failpoints, run_role                     fault injection; database roles
"""
