"""What makes a row fail."""

from dataclasses import dataclass, field

from proof.matrix import Row
from proof.tally import Tally

LONGEST_ANSWER = 6.0
CLEAN_WITHIN = 60.0


@dataclass
class Result:
    row: Row
    tally: Tally
    strokes: int = 0
    """How often the fault struck."""
    clean_after: float | None = None
    """Seconds from the mend until the audit found nothing; None if it never was."""
    found: list[str] = field(default_factory=list)
    """By the audit, in the books, in the logs, and what went wrong with the row itself."""
    notes: list[str] = field(default_factory=list)
    mended: float = 0.0
    """When the fault was over, by time.monotonic()."""
    seconds: float = 0.0
    """The whole row."""

    @property
    def violations(self) -> list[str]:
        return [*_of_answers(self.row, self.tally), *_of_the_end(self)]

    @property
    def passed(self) -> bool:
        return not self.violations


def _of_answers(row: Row, tally: Tally) -> list[str]:
    found = list(tally.wrong)
    if tally.longest > LONGEST_ANSWER and not row.stops:
        found.append(f"an answer took {tally.longest:.1f} s")
    if tally.silent and not row.stops:
        found.append(f"{tally.silent} requests were not answered at all")
    if tally.broken and not row.cuts:
        found.append(f"{tally.broken} connections to the system broke, though nothing cut them")
    if tally.unavailable and row.seamless:
        found.append(f"{tally.unavailable} requests failed with 503")
    if tally.undecided:
        found.append(f"no definitive answer for {len(tally.undecided)} requests: {', '.join(tally.undecided[:5])}")
    return found


def _of_the_end(result: Result) -> list[str]:
    found = list(result.found)
    if not result.strokes:
        found.append("the fault never struck: nothing is proved")
    if result.tally.requests and not result.tally.placed:
        found.append("no order was placed: nothing is proved")
    if result.clean_after is None:
        found.append(f"not clean within {CLEAN_WITHIN:.0f} s")
    elif result.clean_after > CLEAN_WITHIN:
        found.append(f"clean only after {result.clean_after:.0f} s")
    return found
