"""The table of a proof: a line for each fault, as soon as it is known."""

from proof.verdict import Result

WIDTH = 51
MOST = 6
"""Violations that are shown of a row."""
HEADS = ("requests", "placed", "refused", "503", "retried", "longest", "clean after", "took", "verdict")


def head() -> str:
    line = f"{'fault':{WIDTH}} " + " ".join(f"{head:>{_width(head)}}" for head in HEADS)
    return f"{line}\n{'-' * len(line)}"


def line(result: Result) -> str:
    tally = result.tally
    clean = "never" if result.clean_after is None else f"{result.clean_after:.1f} s"
    cells: tuple[object, ...] = (
        tally.requests,
        len(tally.placed),
        len(tally.refused),
        tally.unavailable,
        tally.broken + tally.silent + tally.elsewhere,
        f"{tally.longest:.2f} s",
        clean,
        f"{result.seconds:.1f} s",
        "ok" if result.passed else "FAILED",
    )
    row = " ".join(f"{cell!s:>{_width(head)}}" for head, cell in zip(HEADS, cells, strict=True))
    bad = result.violations
    more = [f"... and {len(bad) - MOST} more"] if len(bad) > MOST else []
    below = [f"    {words}" for words in (*bad[:MOST], *more, *result.notes)]
    return "\n".join([f"{result.row.name:{WIDTH}} {row}", *below])


def summary(results: list[Result], seconds: float) -> str:
    bad = [result for result in results if not result.passed]
    placed = sum(len(result.tally.placed) for result in results)
    requests = sum(result.tally.requests for result in results)
    outcome = f"{len(bad)} FAILED" if bad else "all ok"
    return f"{len(results)} rows, {requests} requests, {placed} orders placed, {seconds:.0f} s: {outcome}"


def _width(head: str) -> int:
    return max(len(head), 7)
