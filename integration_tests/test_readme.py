"""Runs the README's sample flow, with other ports."""

import re
import subprocess
from pathlib import Path

from integration_tests import repo_files
from local_stack import Stack
from local_stack.topology import DEFAULT_PORTS

BLOCKS = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)
TIMEOUT = 60.0


def test_the_sample_flow_of_the_readme(stack: Stack, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=_script(stack),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    output = re.sub(r"\s", "", ran.stdout)
    assert '"status":"confirmed"' in output
    assert '"unit_price":"19.99","quantity":2,"line_total":"39.98"' in output
    assert '"quantity":8,"reserved":2' in output
    assert '"code":"product_not_found"' in output
    assert '"code":"insufficient_stock"' in output
    assert '"requested":9,"available":8' in output


def _script(stack: Stack) -> str:
    marked = (
        repo_files.text("README.md")
        .partition("<!-- sample flow -->")[2]
        .partition("<!-- /sample flow -->")[0]
    )
    script = "\n".join(BLOCKS.findall(marked))
    assert script.count("http://localhost:800") >= 4
    for name, port in DEFAULT_PORTS.items():
        script = script.replace(f"http://localhost:{port}", stack.url(name))
    return script
