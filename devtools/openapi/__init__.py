"""Snapshots of each service's swagger.json and error codes in docs/, and their comparison.

    snapshots            the files, and their expected content
    breaking_changes     incompatible changes
    lint                 undocumented parts of an operation
    conversion           checks docs/openapi/*.openapi3.json, which devtools/openapi3 writes
    assertions           the above, for the tests of each service

`python -m devtools.openapi` in a service's folder writes the files; with --release also the
released interface, with which the current one must be compatible.
"""
