"""Prints HTTP requests and responses to a terminal."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

BOLD, DIM, GREEN, YELLOW = "1", "2", "32", "33"
SECRETS = {"password", "access", "refresh", "Authorization"}


class HTTPTrace:
    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def title(self, text: str) -> None:
        print(f"\n{self._styled(text, BOLD)}", flush=True)

    def request(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> None:
        print(f"  {method} {url}")
        for name, value in headers.items():
            print(self._styled(f"  {name}: {_without_secrets(value, name)}", DIM))
        if body is not None:
            print(_indented(body, 2))

    def response(self, status: int, reason: str, content: Any) -> None:
        colour = GREEN if status < 400 else YELLOW
        print(f"  → {self._styled(f'{status} {reason}', colour)}")
        print(self._styled(_indented(content, 4), DIM), flush=True)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        for first, *others in (heads, *rows):
            print(f"  {first:16}" + "".join(f"{other:>10}" for other in others))

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._coloured else text


def _indented(content: Any, spaces: int) -> str:
    lines = json.dumps(_without_secrets(content), indent=2, ensure_ascii=False).splitlines()
    return "\n".join(" " * spaces + line for line in lines)


def _without_secrets(value: Any, name: str = "") -> Any:
    """The output may be pasted somewhere: hide secrets."""
    if name in SECRETS:
        return "…"
    if isinstance(value, dict):
        return {name: _without_secrets(inner, name) for name, inner in value.items()}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value
