import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.baseline import Baseline, DjangoTutorial, FastAPIBaseline
from local_stack import databases, ephemeral_postgres
from local_stack.postgres import Cluster
from local_stack.topology import REPOSITORY, SERVICES

PRODUCTS = 60
SECRET = "unit-tests-secret-key-0123456789abcdef"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with ephemeral_postgres.cluster() as made:
        yield made


@pytest.fixture(scope="session", params=[DjangoTutorial, FastAPIBaseline])
def baseline(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Baseline]:
    with request.param(cluster, tmp_path_factory.mktemp("logs"), [], PRODUCTS) as started:
        yield started


@pytest.fixture(scope="session")
def tables(cluster: Cluster) -> None:
    """Those of the order service and inventory."""
    with cluster.session() as connection:
        databases.ensure(
            connection, {SERVICES[name].database: SECRET for name in ("order", "inventory")}
        )
    for name in ("order", "inventory"):
        migrate(REPOSITORY / SERVICES[name].folder, cluster.url(SERVICES[name].database, SECRET))


def migrate(folder: Path, url: str) -> None:
    own = {
        "ENVIRONMENT": "local",
        "DJANGO_SECRET_KEY": SECRET,
        "ORDER_TO_INVENTORY_KEY": SECRET,
        "ORDER_TO_USER_KEY": SECRET,
        "DATABASE_URL": url,
    }
    own |= {f"{name.upper()}_SERVICE_URL": "http://127.0.0.1:9" for name in SERVICES}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=folder,
        env=os.environ | own,
        check=True,
    )
