"""The demo shop's products: valid, with pictures that can do nothing, and put into the catalogue once."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import steady_id
from products import services
from products.api.serializers import ProductRequest
from products.demo import catalogue, drawing
from products.models import Product

ENTRIES = catalogue.entries()
PICTURES = Path(__file__).parents[2] / "gateway" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {"svg", "title", "rect", "ellipse", "circle", "path", "g"}


def seeded() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


def test_there_are_about_two_hundred_products_in_twelve_categories_and_some_lie_below_another():
    assert len(ENTRIES) == 200
    categories = {entry["category"] for entry in ENTRIES}
    assert len(categories) == 12
    assert {"Home/Lighting", "Garden"} <= categories


def test_no_two_have_the_same_sku_name_or_description():
    for fact in ("sku", "name", "description"):
        assert Counter(entry[fact] for entry in ENTRIES).most_common(1)[0][1] == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["sku"])
def test_the_api_would_take_each_of_them_as_it_is(entry):
    facts = catalogue.facts(entry)
    checked = validate(ProductRequest, facts)
    assert {name: str(checked[name]) for name in facts} == facts
    assert 2 <= len(re.findall(r"\.(?: |$)", entry["description"])) <= 3


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["sku"])
def test_a_picture_says_what_it_shows_and_can_do_nothing(entry):
    picture = ET.parse(PICTURES / catalogue.file_name(entry)).getroot()  # noqa: S314  (our own file)
    assert picture.findtext(f"{SVG}title") == entry["name"]
    assert picture.attrib["role"] == "img"
    for part in picture.iter():
        assert part.tag.removeprefix(SVG) in HARMLESS
        for name, value in part.attrib.items():
            assert not re.match("on|style|href|.*}href", name)
            assert not re.search("url|:|<", value)
            if name in ("fill", "stroke"):
                assert re.fullmatch("none|#[0-9a-f]{6}", value)


def test_the_pictures_are_those_that_are_drawn_now_and_small():
    """After a change: manage.py generate_demo_images ../gateway/pictures"""
    drawn = {catalogue.file_name(entry): catalogue.picture(entry) for entry in ENTRIES}
    kept = {each.name: each.read_text() for each in PICTURES.iterdir()}
    assert kept == drawn
    assert sum(map(len, kept.values())) < 500_000


def test_pictures_are_drawn_into_a_folder_and_old_ones_go(tmp_path):
    (tmp_path / "OLD-1.svg").write_text("")
    call_command("generate_demo_images", str(tmp_path), stdout=StringIO())
    assert {each.name for each in tmp_path.iterdir()} == {
        catalogue.file_name(entry) for entry in ENTRIES
    }


def test_every_shape_is_somebodys():
    assert drawing.kinds() == {entry["shape"] for entry in ENTRIES}


def test_two_products_of_a_kind_do_not_look_the_same():
    assert (
        len({re.sub("<title>.*</title>", "", catalogue.picture(entry)) for entry in ENTRIES}) > 190
    )


def test_seeding_puts_them_into_the_catalogue(db, anyone):
    assert seeded() == "Products …\n200 products, 200 of them new.\n"
    entry = ENTRIES[0]
    answer = anyone.get(f"/api/products/{steady_id(entry['sku'])}/").json()
    facts = catalogue.facts(entry)
    assert {name: answer[name] for name in facts} == facts
    assert answer["image_url"] == f"{settings.SHOP_URL}/pictures/{entry['sku']}.svg"
    assert answer["created_at"][:4] == "2025"


def test_seeding_twice_doubles_nothing_and_changes_nothing_that_somebody_has_changed(db):
    seeded()
    changed, archived = (Product.objects.get(sku=entry["sku"]) for entry in ENTRIES[:2])
    services.change(product_id=changed.pk, sku="MY-OWN", name="Renamed")
    services.archive(product_id=archived.pk)

    assert seeded().endswith("200 products, 0 of them new.\n")
    assert Product.objects.count() == 200
    assert Product.objects.get(pk=changed.pk).name == "Renamed"
    assert not Product.objects.get(pk=archived.pk).is_active


def test_seeding_goes_on_where_it_was_interrupted(db):
    for entry in ENTRIES[:50]:
        catalogue.add(entry)
    assert seeded().endswith("200 products, 150 of them new.\n")


def test_a_sku_that_is_somebody_elses_is_named(product):
    product(sku=ENTRIES[3]["sku"])
    with pytest.raises(CommandError, match=ENTRIES[3]["sku"]):
        seeded()


def test_a_shop_in_earnest_is_left_alone_unless_it_has_to_be(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not Product.objects.exists()
    call_command("seed_demo", "--force", stdout=StringIO())
    assert Product.objects.count() == 200
