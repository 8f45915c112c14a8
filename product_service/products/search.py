"""What a customer typed, as questions to PostgreSQL's full-text index (docs/decisions/search-without-an-extension.md)."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from django.db import connection
from django.db.models import BigIntegerField, BooleanField
from django.db.models.expressions import RawSQL
from rapidfuzz.distance import OSA

MOST_WORDS = 10
LONGEST_WORD = 60
MOST_SUGGESTIONS = 1000
LETTERS_WITHOUT_ACCENT = str.maketrans(
    dict(zip("øłđðıħ", "olddih", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Those that Unicode does not take for a letter and an accent."""
ACCENTS = re.compile("[\u0300-\u036f]+")
LETTERS = re.compile(r"[^\W\d_]{3,30}")
"""What can be a misspelt word: the vocabulary has no others."""
SKU = 'CASE WHEN octet_length(sku) = length(sku) THEN lower(sku COLLATE "C") ELSE search_fold(sku) END'
"""As `search_fold` has it, which takes several times as long, and it is asked of all that match."""

Corrections = Mapping[str, Collection[str]]
Term = tuple[str, list[str]]
"""SQL of a tsquery, and its parameters."""


class Question:
    """Asks for all the words of `text`, or their corrections. The SQL is made of constants; what was typed is parameters."""

    def __init__(self, text: str, corrections: Corrections | None = None) -> None:
        self.words = words_of(text)
        others = [list((corrections or {}).get(word, ())) for word in self.words]
        self._terms = [_term(word, each) for word, each in zip(self.words, others, strict=True)]
        if (
            len(self.words) == 1 and others[0]
        ):  # as it is it was not found, and to ask for more is to ask for longer
            self._terms = [_any_of(others[0])]
        self._whole = [
            _any_of([word, *each]) for word, each in zip(self.words, others, strict=True)
        ]
        self._beginnings = " & ".join(f"({_beginnings(word)})" for word in self.words)
        sql, parameters = _all_of(self._terms)
        self._sql, self._parameters = f"search_query({sql}, %s)", [*parameters, self._beginnings]

    @property
    def matches(self) -> RawSQL:
        return _truth(f"search @@ {self._sql}", self._parameters)

    @property
    def matches_by_the_way(self) -> RawSQL:
        """The same, but no index is used for it."""
        return _truth(f"(search @@ {self._sql}) IS TRUE", self._parameters)

    def matches_where(self, part: RawSQL) -> list[RawSQL]:
        """The same, with the index asked for one of its `parts` only."""
        return [part] if len(self.words) == 1 else [part, self.matches_by_the_way]

    @property
    def matches_in_whole_words(self) -> RawSQL:
        """The same, without what only begins so; but a word that is all there is may be unfinished."""
        sql, parameters = _all_of(self._whole if len(self.words) > 1 else self._terms)
        return _truth(f"search @@ ({sql})", parameters)

    @property
    def parts(self) -> list[RawSQL]:
        """What each word alone asks for; all that is asked where that is nothing, as of "the"."""
        return [
            _truth(f"search @@ search_query({sql}, {self._sql})", [*own, *self._parameters])
            for sql, own in self._terms
        ]

    @property
    def score(self) -> RawSQL:
        """By where the words are, and more for whole words and for the SKU itself. A whole number, so that a cursor can name it."""
        whole, words = _all_of(self._whole)
        ranks = f"ts_rank(search, %s::tsquery) + ts_rank(search, {whole}) + ({SKU} = %s)::int"
        sql = f"round(1000000 * ({ranks}))::bigint"
        return RawSQL(sql, [self._beginnings, *words, " ".join(self.words)], BigIntegerField())  # noqa: S611


def words_of(text: str) -> list[str]:
    """Without accents and capitals, as the database's `search_fold` has it. Cut at spaces only, so that SKUs stay whole."""
    plain = ACCENTS.sub(
        "", unicodedata.normalize("NFKD", text.lower().translate(LETTERS_WITHOUT_ACCENT))
    )
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in plain.replace("\0", " ").split()))[
        :MOST_WORDS
    ]


def corrections_of(text: str) -> Corrections:
    """By word, those of the catalogue that are one error away: a letter more, less or another, or two the other way round."""
    words = [word for word in words_of(text) if LETTERS.fullmatch(word)]
    known = _words_like({variant for word in words for variant in _variants(word)})
    return {
        word: [
            each for each in known if each != word and OSA.distance(word, each, score_cutoff=1) <= 1
        ]
        for word in words
    }


def _variants(word: str) -> set[str]:
    """The word, and what is left of it without one of its letters: words that are one error apart share one of these."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _words_like(variants: Collection[str]) -> list[str]:
    sql = "SELECT DISTINCT word FROM spelling WHERE variant = ANY(%s) ORDER BY word LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(variants), MOST_SUGGESTIONS])
        return [word for (word,) in cursor.fetchall()]


def _truth(sql: str, parameters: Iterable[str]) -> RawSQL:
    return RawSQL(sql, list(parameters), BooleanField())  # noqa: S611


def _term(word: str, corrections: Sequence[str]) -> Term:
    others, parameters = _any_of(corrections)
    return f"(search_term(%s, %s){others and f' || {others}'})", [
        word,
        _beginnings(word),
        *parameters,
    ]


def _any_of(words: Sequence[str]) -> Term:
    return " || ".join("search_words(%s)" for _ in words), list(words)


def _all_of(terms: Iterable[Term]) -> Term:
    terms = list(terms)
    return " && ".join(f"({sql})" for sql, _ in terms), [
        each for _, parameters in terms for each in parameters
    ]


def _beginnings(word: str) -> str:
    """As a tsquery: the whole of it, as a SKU has it, or all of its parts, as a name has them, and only the last one unfinished."""
    *parts, last = _parts(word) or [word]
    alternatives = [_beginning(word), " & ".join([*map(_quoted, parts), _beginning(last)])]
    return " | ".join(f"({each})" for each in dict.fromkeys(alternatives))


def _parts(word: str) -> list[str]:
    """Cut at signs; only the database knows those that are not ASCII."""
    return re.findall("[a-z0-9]+", word) if word.isascii() else _parts_by_database(word)


@lru_cache(maxsize=1000)
def _parts_by_database(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_text(%s)", [word])
        return str(cursor.fetchone()[0]).split()


def _beginning(word: str) -> str:
    return (
        f"{_quoted(word)}:*" if len(word) > 1 else _quoted(word)
    )  # a single letter begins half of all words


def _quoted(word: str) -> str:
    return "'{}'".format(word.replace("\\", "\\\\").replace("'", "''"))
