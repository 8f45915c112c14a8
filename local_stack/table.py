"""The table that `make up` ends with."""

from collections.abc import Mapping, Sequence

from local_stack.catalogue import GATEWAY, SERVICES
from local_stack.stack import Stack

EMPTY_SHOP = "The shop is empty. Another terminal, here: `make seed` fills it with products, orders and people to look at."


def render(stack: Stack, environment: Mapping[str, str], *, empty: bool = False) -> str:
    rows = [("service", "address", "Swagger UI")]
    for name, service in SERVICES.items():
        base = f"http://localhost:{stack.ports[name]}"
        rows.append((name, base + service.path, f"{base}/swagger/"))
    rows.append((GATEWAY, f"http://localhost:{stack.ports[GATEWAY]}/", ""))
    login = f"{environment['ADMIN_EMAIL']} / {environment['ADMIN_PASSWORD']}"
    notes = [("staff login", login), ("data", str(stack.data.path)), ("logs", str(stack.data.logs))]
    hint = [EMPTY_SHOP] if empty else []
    return "\n".join(["", *_aligned(rows), "", *_aligned(notes), "", *hint, "Ctrl-C stops everything.", ""])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    widths[0] = max(widths[0], len("staff login"))
    return ["  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
