"""What every service has and no business has.

Rooms, from the ground up:

    environment          reading variables; refusing to guess
    problem_details, problems      how errors look (RFC 9457), and their kinds
    payloads, validation, plain_forms          JSON in and out; request serializers that refuse what they do not know
    text, countries      validators of text that people read, and of country codes
    context              request id and trace of the request being worked on
    database, statements connections that cannot wait for ever; SQL that is planned once
    client_address       from where, behind the gateway too
    tokens, service_tokens, authentication     who is asking
    circuit_breaker, deadlines, http_connection, http_client    talking to a neighbour
    admin                          Django's admin for staff, with the shop's accounts
    seeding              filling a service with made-up data
    fast_path            the few requests that are nearly all of the load, past Django
    server               taking up requests: whole ones only, and no more than can be answered in time
    documents            what is kept of the interface and compared; pages on errors
    keyset, pagination, health, metrics, request_log, logs, tracing, swagger, middleware, wsgi, gunicorn_defaults, urls
"""
