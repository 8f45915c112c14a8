"""Keeps each service's swagger.json and error codes as files in docs/, and compares them.

    snapshots            the files, and what they have to be
    breaking_changes     what a change takes away from a client
    lint                 what an operation leaves undocumented
    conversion           whether docs/openapi/*.openapi3.json are up to date; devtools/openapi3 writes them
    assertions           the above as each service's tests use it

`python -m devtools.openapi` in a service's folder writes the files; with --release also the form that clients are promised.
"""
