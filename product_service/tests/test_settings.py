import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("value", ["usd", "US", "USDX", "U$D", "USD EUR", "AAA"])
def test_an_invalid_currency_is_reported_in_one_line(value):
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
