import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("value", ["usd", "US", "USDX", "U$D", "USD EUR", "AAA"])
def test_a_malformed_currency_is_one_line_that_names_it(value):
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=SERVICE,
        env=os.environ
        | {"SHOP_CURRENCY": value, "PYTHONPATH": f"{SERVICE}{os.pathsep}{SERVICE.parent}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (started.returncode, started.stdout) == (1, "")
    assert (
        started.stderr
        == f"SHOP_CURRENCY has to be a currency code of ISO 4217, such as USD, not {value!r}.\n"
    )


@pytest.mark.django_db
def test_the_service_is_ready_with_its_database_and_names_whom_it_depends_on(anyone):
    response = anyone.get("/health/ready")

    assert (response.status_code, response.json()["checks"]) == (
        200,
        {"database": "ok", "migrations": "ok"},
    )
    assert response.json()["dependencies"].keys() == {"user"}
