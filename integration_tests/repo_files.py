"""Environment variables and error codes, extracted from the sources without importing them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from devtools import repository
from local_stack.topology import REPOSITORY, SERVICES

INTERNAL = {"PROMETHEUS_MULTIPROC_DIR", "DJANGO_SETTINGS_MODULE", "FAILPOINT"}
"""Set by the services, the local stack and the chaos runs."""
NAME = re.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|ENVIRONMENT")
READERS = {"environment", "environ", "self"}


def text(name: str) -> str:
    return (REPOSITORY / name).read_text()


def documents() -> list[str]:
    """The Markdown files, except the history of changes."""
    return [name for name in repository.files(".md") if name != "CHANGELOG.md"]


def variables_read() -> set[str]:
    """By the services, through chassis.environment or os.environ."""
    settings = [
        REPOSITORY / service.folder / "config" / "settings.py" for service in SERVICES.values()
    ]
    chassis = sorted((REPOSITORY / "chassis").glob("*.py"))
    return {name for path in (*settings, *chassis) for name in _variables_in(path)} - INTERNAL


def variables_of_compose() -> set[str]:
    return set(
        re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml") + text("docker-compose.https.yml"))
    )


def error_codes() -> set[str]:
    """The error codes in use: a class that is never raised or called is only a base class."""
    trees = [ast.parse(path.read_text()) for path in _sources()]
    codes = set()
    used = {name for tree in trees for name in _names_used(tree)}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name in used:
                codes |= {code for statement in node.body if (code := _code_of(statement))}
            elif isinstance(node, ast.Call):
                codes |= set(_code_in_call(node))
    return codes


def _sources() -> Iterator[Path]:
    for folder in ("chassis", *(service.folder for service in SERVICES.values())):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


def _variables_in(path: Path) -> Iterator[str]:
    """`environment.string("NAME")`, `os.environ.get("NAME")`, the default of a parameter `name`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and _is_reader(node.func.value)
        ):
            yield from _variables(node.args[:1])
        elif isinstance(node, ast.FunctionDef) and any(
            argument.arg == "name" for argument in node.args.args
        ):
            yield from _variables(node.args.defaults)


def _is_reader(node: ast.expr) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in READERS


def _variables(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        value = node.value if isinstance(node, ast.Constant) else None
        if (
            isinstance(value, str) and NAME.fullmatch(value) and not value.startswith("HTTP_")
        ):  # a header in WSGI's environ
            yield value


def _names_used(tree: ast.AST) -> Iterator[str]:
    """Classes that are raised, called, or listed as errors of an operation."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Call | ast.List):
            inner = (
                [node.exc]
                if isinstance(node, ast.Raise)
                else [node.func]
                if isinstance(node, ast.Call)
                else node.elts
            )
            for each in inner:
                yield each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")


def _code_of(statement: ast.stmt) -> str | None:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Constant):
        return None
    names = [getattr(target, "id", "") for target in statement.targets]
    return str(statement.value.value) if names == ["code"] else None


def _code_in_call(call: ast.Call) -> Iterator[str]:
    """`problem(500, "internal_error", …)` and `AuthenticationFailed(…, code="invalid_token")`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "problem" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
        yield str(call.args[1].value)
    if name == "AuthenticationFailed":
        yield from (
            str(each.value.value)
            for each in call.keywords
            if each.arg == "code" and isinstance(each.value, ast.Constant)
        )
