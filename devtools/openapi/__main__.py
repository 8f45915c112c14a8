"""`python -m devtools.openapi [--release]`, in a service's folder. Needs no database."""

import argparse

import django

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Write docs/openapi and docs/errors of this service."
    )
    parser.add_argument("--release", action="store_true", help="also write the released interface")
    arguments = parser.parse_args()
    django.setup()
    from devtools.openapi import snapshots  # imports models, which need django.setup

    snapshots.write(release=arguments.release)
