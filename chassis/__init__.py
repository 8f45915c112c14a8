"""What every service has and no business has.

Rooms, from the ground up:

    environment          reading variables; refusing to guess
    problem_details, problems      how errors look (RFC 9457), and their kinds
    payloads, validation JSON in and out; request serializers that refuse what they do not know
    context              request id and trace of the request being worked on
    database             connections that cannot wait for ever
    tokens, service_tokens, authentication     who is asking
    circuit_breaker, deadlines, http_client    talking to a neighbour
    admin                          Django's admin for staff, with the shop's accounts
    pagination, health, metrics, logs, tracing, swagger, middleware, wsgi, gunicorn_defaults, urls
"""
