"""The table that `make up` prints when the system is ready."""

from collections.abc import Mapping, Sequence

from local_stack.stack import Stack
from local_stack.topology import GATEWAY, SERVICES

EMPTY_SHOP = (
    "The shop has no products. `make seed` in another terminal adds demo products, orders and "
    "accounts."
)


def render(stack: Stack, environment: Mapping[str, str], *, empty: bool = False) -> str:
    rows = [("service", "address", "Swagger UI")]
    for name, service in SERVICES.items():
        base = f"http://localhost:{stack.ports[name]}"
        rows.append((name, base + service.path, f"{base}/swagger/"))
    rows.append((GATEWAY, f"http://localhost:{stack.ports[GATEWAY]}/", ""))
    login = f"{environment['ADMIN_EMAIL']} / {environment['ADMIN_PASSWORD']}"
    notes = [("staff login", login), ("data", str(stack.data.path)), ("logs", str(stack.data.logs))]
    hint = [EMPTY_SHOP] if empty else []
    return "\n".join(
        ["", *_aligned(rows), "", *_aligned(notes), "", *hint, "Ctrl-C stops everything.", ""]
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    widths[0] = max(widths[0], len("staff login"))
    return [
        "  "
        + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
