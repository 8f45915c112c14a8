"""Stores each service's swagger.json and error codes as files in docs/, and compares them.

    snapshots            the files and their expected contents
    breaking_changes     changes that break existing clients
    lint                 operations that lack documentation
    conversion           whether docs/openapi/*.openapi3.json (devtools/openapi3) are up to date
    document_tests       the above as tests of each service

`python -m devtools.openapi` in a service's folder writes the files; --release also writes the
interface that clients rely on.
"""
