"""Every code that a service can answer, from its Problem classes: the source of the pages on them."""

from collections.abc import Iterator
from importlib import import_module

from django.conf import settings

from chassis.documents.pages import Meaning
from chassis.problem_details import Problem, example_of, title

ROOMS = (".errors", "chassis.problems", "chassis.swagger_problems")
"""Where the refusals of the interface are: always imported with the URLs. (The admin has more, for its own pages.)"""


def meanings() -> list[Meaning]:
    distinct: dict[tuple[str, int, str], Meaning] = {}
    for refusal in refusals():
        if refusal.advice:
            distinct.setdefault((refusal.code, refusal.status, refusal.detail), meaning_of(refusal))
    return [distinct[key] for key in sorted(distinct, key=lambda key: key[:2])]


def refusals() -> Iterator[type[Problem]]:
    """Nearest to Problem first, so that what is general stands before what is special."""
    import_module(settings.ROOT_URLCONF)  # and with it all that a view may raise
    generation: list[type[Problem]] = [Problem]
    while generation := [heir for each in generation for heir in each.__subclasses__()]:
        # By module, since which of them was imported first is nobody's choice.
        generation.sort(key=lambda refusal: (not refusal.__module__.startswith("chassis."), refusal.__module__))
        yield from (refusal for refusal in generation if refusal.__module__.endswith(ROOMS))


def meaning_of(refusal: type[Problem]) -> Meaning:
    return {
        "code": refusal.code,
        "status": refusal.status,
        "title": title(refusal.status),
        "detail": refusal.detail,
        "advice": refusal.advice,
        "example": example_of(refusal),
    }
