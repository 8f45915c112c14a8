"""Search text as full-text queries (tsquery). See docs/adr/0020-product-search.md."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from django.db import connection
from django.db.models import BigIntegerField, BooleanField
from django.db.models.expressions import RawSQL
from rapidfuzz.distance import OSA

from products.models import SpellingVariant

MAX_WORDS = 10
MAX_WORD_LENGTH = 60
MAX_SUGGESTIONS = 1000
TRANSLITERATION = str.maketrans(
    dict(zip("øłđðıħ", "olddih", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not decompose into a base letter and an accent."""
ACCENTS = re.compile("[\u0300-\u036f]+")
CORRECTABLE = re.compile(r"[^\W\d_]{3,30}")
"""Only such words are stored as spelling variants."""
FOLDED_SKU = """CASE WHEN octet_length(sku) = length(sku) THEN lower(sku COLLATE "C")
ELSE search_fold(sku) END"""
"""Avoids `search_fold` for ASCII: it takes several times as long, and runs for every match."""

Corrections = Mapping[str, Collection[str]]
Fragment = tuple[str, list[str]]
"""SQL of a tsquery, and its parameters."""


class SearchQuery:
    """Matches all words of `text`, or their corrections. The SQL has constants only, and `text`
    is passed as parameters."""

    def __init__(self, text: str, corrections: Corrections | None = None) -> None:
        self.words = tokenize(text)
        alternatives = [list((corrections or {}).get(word, ())) for word in self.words]
        pairs = list(zip(self.words, alternatives, strict=True))
        self._terms = [_term(word, others) for word, others in pairs]
        if len(pairs) == 1 and alternatives[0]:  # the word itself has been searched without a match
            self._terms = [_any_of(alternatives[0])]
        self._whole_words = [_any_of([word, *others]) for word, others in pairs]
        self._prefixes = " & ".join(f"({_prefix_tsquery(word)})" for word in self.words)
        sql, parameters = _all_of(self._terms)
        self._sql, self._parameters = f"search_query({sql}, %s)", [*parameters, self._prefixes]

    @property
    def matches(self) -> RawSQL:
        return _condition(f"search @@ {self._sql}", self._parameters)

    @property
    def matches_without_index(self) -> RawSQL:
        return _condition(f"(search @@ {self._sql}) IS TRUE", self._parameters)

    def matches_by_term(self, term: RawSQL) -> list[RawSQL]:
        """The same rows as `matches`, but the index is used for one of `terms` only."""
        return [term] if len(self.words) == 1 else [term, self.matches_without_index]

    @property
    def matches_whole_words(self) -> RawSQL:
        """`matches` without prefixes, except for a single word, which may be unfinished."""
        sql, parameters = _all_of(self._whole_words if len(self.words) > 1 else self._terms)
        return _condition(f"search @@ ({sql})", parameters)

    @property
    def terms(self) -> list[RawSQL]:
        """A condition for each word; for a stop word such as "the", the whole query."""
        return [
            _condition(f"search @@ search_query({sql}, {self._sql})", [*own, *self._parameters])
            for sql, own in self._terms
        ]

    @property
    def score(self) -> RawSQL:
        """Ranks by the weight of the field, whole words before prefixes, an equal SKU first.

        An integer, so that a cursor can hold it exactly.
        """
        whole, words = _all_of(self._whole_words)
        ranks = (
            f"ts_rank(search, %s::tsquery) + ts_rank(search, {whole}) + ({FOLDED_SKU} = %s)::int"
        )
        sql = f"round(1000000 * ({ranks}))::bigint"
        return RawSQL(sql, [self._prefixes, *words, " ".join(self.words)], BigIntegerField())  # noqa: S611


def tokenize(text: str) -> list[str]:
    """Distinct words, folded as the database's `search_fold` does. Split at spaces only, so that
    SKUs stay whole."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(TRANSLITERATION))
    words = ACCENTS.sub("", decomposed).replace("\0", " ").split()
    return list(dict.fromkeys(word[:MAX_WORD_LENGTH] for word in words))[:MAX_WORDS]


def suggest_corrections(text: str) -> Corrections:
    """By word, the catalogue's words that are one insertion, deletion, substitution or
    transposition away."""
    words = [word for word in tokenize(text) if CORRECTABLE.fullmatch(word)]
    candidates = _similar_words({variant for word in words for variant in _variants(word)})
    return {
        word: [
            candidate
            for candidate in candidates
            if candidate != word and OSA.distance(word, candidate, score_cutoff=1) <= 1
        ]
        for word in words
    }


def _variants(word: str) -> set[str]:
    """As SpellingVariant stores them."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _similar_words(variants: Collection[str]) -> list[str]:
    rows = SpellingVariant.objects.filter(variant__in=variants).order_by("word")
    return list(rows.values_list("word", flat=True).distinct()[:MAX_SUGGESTIONS])


def _condition(sql: str, parameters: Iterable[str]) -> RawSQL:
    return RawSQL(sql, list(parameters), BooleanField())  # noqa: S611


def _term(word: str, corrections: Sequence[str]) -> Fragment:
    sql, parameters = _any_of(corrections)
    alternatives = f" || {sql}" if corrections else ""
    return f"(search_term(%s, %s){alternatives})", [word, _prefix_tsquery(word), *parameters]


def _any_of(words: Sequence[str]) -> Fragment:
    return " || ".join("search_words(%s)" for _ in words), list(words)


def _all_of(fragments: Sequence[Fragment]) -> Fragment:
    sql = " && ".join(f"({sql})" for sql, _ in fragments)
    return sql, [parameter for _, parameters in fragments for parameter in parameters]


def _prefix_tsquery(word: str) -> str:
    """The whole word, as in a SKU, or all of its parts, as in a name. The end is a prefix."""
    *parts, last = _split(word) or [word]
    alternatives = [_prefix(word), " & ".join([*map(_quote, parts), _prefix(last)])]
    return " | ".join(f"({each})" for each in dict.fromkeys(alternatives))


def _split(word: str) -> list[str]:
    """Split at punctuation. Only the database has the tables for other than ASCII."""
    return re.findall("[a-z0-9]+", word) if word.isascii() else _split_in_database(word)


@lru_cache(maxsize=1000)
def _split_in_database(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_text(%s)", [word])
        return str(cursor.fetchone()[0]).split()


def _prefix(word: str) -> str:
    """A single letter is no prefix: half of all words begin with it."""
    return f"{_quote(word)}:*" if len(word) > 1 else _quote(word)


def _quote(word: str) -> str:
    return "'{}'".format(word.replace("\\", "\\\\").replace("'", "''"))
