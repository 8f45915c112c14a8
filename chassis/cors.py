"""What browsers of another origin may send and read (CORS), where CORS_ALLOWED_ORIGINS lets them in."""

ALLOW_HEADERS = ("authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent", "x-request-id")
EXPOSE_HEADERS = ("etag", "idempotency-replayed", "location", "retry-after", "traceparent", "www-authenticate", "x-request-id")
