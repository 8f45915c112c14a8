import json
import tracemalloc

import pytest
from rest_framework.exceptions import ParseError

from chassis import parsers
from chassis.problems import ContentTooLarge


@pytest.mark.parametrize(
    "raw",
    [
        b'{"quantity":1,"quantity":50}',
        b'{"quantity": 1, "quantity": 1}',
        b'{"items":[{"product_id":"a","quantity":1},{"quantity":1,"quantity":2}]}',
        b'{"a":{"b":{"c":1,"c":{}}}}',
        b'[[{"a":[],"a":[]}]]',
        b'{"":1,"":2}',
        b'{"quantity":1,"quant\\u0069ty":50}',
        b'{"quantity":1,"quantity":50,"note":"\\u003a"}',
        b'{"note":"a:b","x":1,"x":2}',
        '{"größe":1,"größe":2}'.encode(),
    ],
)
def test_a_duplicate_key_is_rejected_at_any_depth(raw):
    with pytest.raises(ParseError, match="twice"):
        parsers.loads(raw)


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"x": 1}, "b": {"x": 1}},
        [{"x": ":"}, {"x": ":::"}, {"x": '":"'}],
        {"note": 'say "a": twice, "a": \\ \n', "é": "é", "e\u0301": 1},
        {"at": "2026-01-31T12:00:00Z", "url": "https://example.com:8080/"},
        {"n": 9**40, "m": 1.5e300, "text": "\\u0000"},
        "a:b",
    ],
)
@pytest.mark.parametrize(
    "style", [{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 2}]
)
def test_equal_keys_of_different_objects_are_no_duplicates(value, style):
    raw = json.dumps(value, **style)
    assert parsers.loads(raw.encode()) == json.loads(raw, parse_int=float)


@pytest.mark.parametrize(
    "raw", [b'{"a":"\\u0000"}', b'{"a\\u0000":1}', b'[["\\\\\\u0000"]]', b'"\\u0000"']
)
def test_a_nul_character_is_rejected_at_any_depth(raw):
    with pytest.raises(ParseError, match="NUL"):
        parsers.loads(raw)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_has_a_limit(opening, closing):
    assert parsers.loads((opening * 200 + "1" + closing * 200).encode())
    for depth in (300, 1000, 100_000):
        with pytest.raises(ParseError):
            parsers.loads((opening * depth + "1" + closing * depth).encode())


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"{]", b"{} {}", b"{'a':1}", b'{"a":1,}', b'{"a":01}'),
        *(
            b'"\\ud800"',
            b'"\\udc00\\ud800"',
            b'"\xed\xa0\x80"',
            b'"a\x00"',
            b"\xff",
            b"\xef\xbb\xbf{}",
        ),
        *(b"NaN", b'{"a":Infinity}', b'{"a":1e999}'),
    ],
)
def test_malformed_json_is_rejected(raw):
    with pytest.raises(ParseError):
        parsers.loads(raw)


@pytest.mark.parametrize("item", ["0", "[]", "{}", '""', '{"":0}', '"aa"', "1000"])
def test_a_large_array_of_tiny_values_is_rejected_before_it_takes_memory(item):
    raw = ("[" + ",".join([item] * (8 * 1024 * 1024 // (len(item) + 1) - 1)) + "]").encode()
    tracemalloc.start()
    try:
        with pytest.raises(ContentTooLarge):
            parsers.loads(raw)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "raw", [b'"' + b'\\"' * 500_000, b'"' + b"a" * 1_000_000, b'"' * 1_000_001]
)
def test_an_unterminated_string_is_rejected(raw):
    with pytest.raises((ParseError, ContentTooLarge)):
        parsers.loads(raw)


def test_ten_thousand_full_products_are_accepted():
    text = {
        "name": "Lamp",
        "description": 'It is "bright": very, [very] {bright}',
        "category": "a",
        "image_url": "https://a.b/",
    }
    products = [
        {"sku": f"SKU-{number}", "price": "1.00", "is_active": True, **text}
        for number in range(10_000)
    ]
    assert parsers.loads(json.dumps(products).encode()) == products
