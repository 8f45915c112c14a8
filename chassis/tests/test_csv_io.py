import tracemalloc

import pytest
from hypothesis import given, strategies

from chassis import csv_io
from chassis.csv_io import InvalidCsv

COLUMNS = ["sku", "name", "note"]
LARGE = 2 * 1024 * 1024
ANY_TEXT = strategies.text(
    strategies.characters(codec="utf-8", exclude_characters="\0"), max_size=40
)
RISKY_TEXT = strategies.text("=+-@＝＋－＠a;\t\r\n '\",", max_size=12)


def parse(raw, max_rows=100):
    return csv_io.parse(
        raw if isinstance(raw, bytes) else raw.encode(), COLUMNS, ["sku"], max_rows=max_rows
    )


def render(*rows):
    return "".join(csv_io.render(COLUMNS, rows))


def test_rows_are_numbered_and_know_their_line():
    rows = parse('sku,name\r\nA,"two\r\nlines"\r\n\r\n , \r\nB,b\r\n')
    assert [(row.number, row.line, row.cells) for row in rows] == [
        (1, 2, {"sku": "A", "name": "two\r\nlines"}),
        (2, 6, {"sku": "B", "name": "b"}),
    ]


def test_a_row_of_another_length_has_a_problem():
    short, long, padded = parse("sku,name\nA\nB,b,x,,y\nC,c,, \n")
    assert (short.cells, bool(short.problem)) == ({"sku": "A"}, True)
    assert (long.cells, bool(long.problem)) == (
        {"sku": "B", "name": "b", "column 3": "x", "column 4": "", "column 5": "y"},
        True,
    )
    assert (padded.cells, padded.problem) == ({"sku": "C", "name": "c"}, "")


@pytest.mark.parametrize(
    "raw",
    [
        "sku,name\nA,b\n",
        "\ufeffsku;name\r\nA;b",
        '"sku","name",,\r\nA,b,,\r\n',
        " name , sku\nb,A\n",
    ],
)
def test_files_of_spreadsheets_are_parsed(raw):
    [row] = parse(raw)
    assert (row.cells, row.problem) == ({"sku": "A", "name": "b"}, "")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "\n",
        "name\nb\n",
        "sku,sku\n",
        "sku,colour\n",
        'sku\n"A\n',
        'sku\n"A"b\n',
        b"sku\nA\0\n",
        b"sku\n\xe4\n",
    ],
)
def test_an_unreadable_file_is_rejected(raw):
    with pytest.raises(InvalidCsv):
        parse(raw)


def test_reading_stops_one_row_beyond_the_limit():
    assert len(parse("sku\n" + "A\n" * 50, max_rows=10)) == 11
    assert len(parse("sku\n" + "A\n" * 10, max_rows=10)) == 10


@pytest.mark.parametrize(
    "raw",
    [
        b"sku\n" + b"a\n" * (LARGE // 2 - 2),
        b"sku,name\n" + b"a,b\n" * (LARGE // 4 - 3),
        b"sku\n" + b"a," * (LARGE // 2 - 2),
        b"sku," * (LARGE // 4),
        b"sku\n" + b'"\n",' * (LARGE // 4 - 1),
        b'sku\n"' + b"a" * (LARGE - 5),
    ],
    ids=[
        "rows of a letter",
        "short rows",
        "columns",
        "header",
        "cells with line breaks",
        "one cell",
    ],
)
def test_memory_is_bounded_for_any_large_file(raw):
    tracemalloc.start()
    try:
        outcome = _outcome(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert outcome in {"rejected", "10001 rows"}
    assert peak < 6 * LARGE


def _outcome(raw):
    try:
        return f"{len(parse(raw, max_rows=10_000))} rows"
    except InvalidCsv:
        return "rejected"


UNSAFE = [
    "=1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\tx",
    "\r=1",
    "\n=1",
    "\nx",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    '"=1',
    "'=1",
]
SIGNS = "=+-@＝＋－＠"


@pytest.mark.parametrize("text", UNSAFE)
def test_a_cell_that_begins_like_a_formula_is_escaped(text):
    [row] = parse(render(("A", text, f"harmless;{text}")))
    assert (row.cells["name"], row.cells["note"]) == (text, f"harmless;{text}")
    written = render(("A", text, "")).splitlines(keepends=True)[1:]
    assert not "".join(written).removeprefix("A,").lstrip('" \t\r\n').startswith(tuple(SIGNS))


@pytest.mark.parametrize(
    "text", ["a;=1", "a; =1", "a;\t@x", 'a;"=1', "a\n=1", "a\r\n+1", "a\t-1", "a;b;=1", "a;＝1"]
)
def test_a_formula_inside_a_cell_that_could_be_split_is_escaped(text):
    table = render(("A", text, ""))
    assert not any(
        part.lstrip('" ').startswith(tuple(SIGNS))
        for line in table.splitlines()
        for part in line.replace("\t", ";").split(";")
    )
    assert parse(table)[0].cells["name"] == text


@pytest.mark.parametrize("text", ["'tis", "''", "a=1", "2-1", "a@example.com", "a; b", "a\n\nb"])
def test_other_texts_are_not_escaped(text):
    assert (
        csv_io.parse(render(("A", text, "")).encode(), COLUMNS, [], max_rows=1)[0].cells["name"]
        == text
    )
    assert "'" + text not in render(("A", text, ""))


@given(strategies.lists(strategies.tuples(ANY_TEXT, ANY_TEXT | RISKY_TEXT, RISKY_TEXT), max_size=5))
def test_rendered_cells_are_parsed_unchanged(rows):
    table = render(*((f"S{sku}", name, note) for sku, name, note in rows))
    assert [tuple(row.cells.values()) for row in parse(table)] == [
        (f"S{sku}", name, note) for sku, name, note in rows
    ]


def test_booleans_are_written_in_lower_case():
    assert render(("A", True, False)) == "sku,name,note\r\nA,true,false\r\n"
