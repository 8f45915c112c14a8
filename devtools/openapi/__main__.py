"""`python -m devtools.openapi [--release]`, in a service's folder. Needs no database."""

import argparse

import django

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Write docs/openapi and docs/errors of this service."
    )
    parser.add_argument(
        "--release", action="store_true", help="promise the interface of now to clients"
    )
    arguments = parser.parse_args()
    django.setup()
    from devtools.openapi import snapshots  # its imports need the models

    snapshots.write(release=arguments.release)
