"""Validates docs/openapi/*.openapi3.json, and compiles clients that two generators make of them.

The generators are openapi-python-client (each module is imported) and openapi-typescript
(`tsc --strict`). Neither reads Swagger 2.
"""

import importlib
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename

HERE = Path(__file__).parent
DOCUMENTS = sorted((HERE.parent.parent / "docs" / "openapi").glob("*.openapi3.json"))
PYTHON = [
    str(Path(sys.executable).with_name("openapi-python-client")),
    "generate",
    "--fail-on-warning",
]
NPM = HERE / "node_modules" / ".bin"


def main(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    for path in DOCUMENTS:
        name = path.name.partition(".")[0]
        validate(read_from_filename(str(path))[0])
        run(
            *PYTHON,
            "--meta=none",
            f"--path={path}",
            f"--output-path={folder / name}",
            f"--config={HERE / 'generator.json'}",
        )
        run(NPM / "openapi-typescript", path, "--output", folder / f"{name}.ts")
        print(f"{path.name}: valid; {import_all(name)} Python modules")
    run(NPM / "tsc", "--noEmit", "--strict", *folder.glob("*.ts"))
    print(f"{len(DOCUMENTS)} TypeScript modules compile")


def run(*command: object) -> None:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(result.stdout + result.stderr)


def import_all(package: str) -> int:
    modules = list(pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."))
    for module in modules:
        importlib.import_module(module.name)
    return len(modules)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
