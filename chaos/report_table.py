"""The table of a chaos run: a line for each scenario, printed as soon as it has ended."""

from chaos.pass_criteria import Result

WIDTH = 51
MAX_VIOLATIONS = 6
"""Violations shown for a scenario."""
HEADS = (
    "requests",
    "placed",
    "rejected",
    "503",
    "retried",
    "longest",
    "clean after",
    "took",
    "verdict",
)


def head() -> str:
    line = f"{'fault':{WIDTH}} " + " ".join(f"{head:>{_width(head)}}" for head in HEADS)
    return f"{line}\n{'-' * len(line)}"


def line(result: Result) -> str:
    stats = result.stats
    clean = "never" if result.clean_after is None else f"{result.clean_after:.1f} s"
    cells: tuple[object, ...] = (
        stats.requests,
        len(stats.placed),
        len(stats.rejected),
        stats.unavailable,
        stats.connection_errors + stats.timeouts + stats.inventory_errors,
        f"{stats.max_latency:.2f} s",
        clean,
        f"{result.seconds:.1f} s",
        "ok" if result.passed else "FAILED",
    )
    row = " ".join(f"{cell!s:>{_width(head)}}" for head, cell in zip(HEADS, cells, strict=True))
    bad = result.violations
    more = [f"... and {len(bad) - MAX_VIOLATIONS} more"] if len(bad) > MAX_VIOLATIONS else []
    below = [f"    {text}" for text in (*bad[:MAX_VIOLATIONS], *more, *result.notes)]
    return "\n".join([f"{result.scenario.name:{WIDTH}} {row}", *below])


def summary(results: list[Result], seconds: float) -> str:
    bad = [result for result in results if not result.passed]
    placed = sum(len(result.stats.placed) for result in results)
    requests = sum(result.stats.requests for result in results)
    outcome = f"{len(bad)} FAILED" if bad else "all ok"
    return (
        f"{len(results)} scenarios, {requests} requests, {placed} orders placed, {seconds:.0f} s: "
        f"{outcome}"
    )


def _width(head: str) -> int:
    return max(len(head), 7)
