"""The demo products: valid, with harmless images; seeding is idempotent."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import deterministic_uuid7
from products import services
from products.api.serializers.products import ProductRequest
from products.demo import products as demo_products
from products.demo import svg_placeholders
from products.models import Product

ENTRIES = demo_products.entries()
IMAGES = Path(__file__).parents[2] / "gateway" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED_TAGS = {"svg", "title", "rect", "ellipse", "circle", "path", "g"}


def seeded() -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    return output.getvalue()


def test_there_are_two_hundred_products_in_twelve_categories_of_two_levels():
    assert len(ENTRIES) == 200
    categories = {entry["category"] for entry in ENTRIES}
    assert len(categories) == 12
    assert {"Home/Lighting", "Garden"} <= categories


def test_sku_name_and_description_are_unique():
    for field in ("sku", "name", "description"):
        assert Counter(entry[field] for entry in ENTRIES).most_common(1)[0][1] == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["sku"])
def test_each_entry_is_a_valid_request(entry):
    fields = demo_products.request_body(entry)
    validated = validate(ProductRequest, fields)
    assert {name: str(validated[name]) for name in fields} == fields
    assert 2 <= len(re.findall(r"\.(?: |$)", entry["description"])) <= 3


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["sku"])
def test_an_image_has_a_title_and_no_active_content(entry):
    image = ET.parse(IMAGES / demo_products.image_name(entry)).getroot()  # noqa: S314  (our own file)
    assert image.findtext(f"{SVG}title") == entry["name"]
    assert image.attrib["role"] == "img"
    for part in image.iter():
        assert part.tag.removeprefix(SVG) in ALLOWED_TAGS
        for name, value in part.attrib.items():
            assert not re.match("on|style|href|.*}href", name)
            assert not re.search("url|:|<", value)
            if name in ("fill", "stroke"):
                assert re.fullmatch("none|#[0-9a-f]{6}", value)


def test_the_stored_images_are_up_to_date_and_small():
    """After a change run manage.py generate_demo_images ../gateway/pictures."""
    images = {demo_products.image_name(entry): demo_products.image(entry) for entry in ENTRIES}
    stored = {each.name: each.read_text() for each in IMAGES.iterdir()}
    assert stored == images
    assert sum(map(len, stored.values())) < 500_000


def test_generate_demo_images_deletes_obsolete_files(tmp_path):
    (tmp_path / "OLD-1.svg").write_text("")
    call_command("generate_demo_images", str(tmp_path), stdout=StringIO())
    assert {each.name for each in tmp_path.iterdir()} == {
        demo_products.image_name(entry) for entry in ENTRIES
    }


def test_every_shape_is_used():
    assert svg_placeholders.shapes() == {entry["shape"] for entry in ENTRIES}


def test_products_of_a_shape_differ_in_colour():
    assert (
        len({re.sub("<title>.*</title>", "", demo_products.image(entry)) for entry in ENTRIES})
        > 190
    )


def test_seeding_creates_the_products(db, anyone):
    assert seeded() == "Products …\n200 products, 200 of them new.\n"
    entry = ENTRIES[0]
    product = anyone.get(f"/api/products/{deterministic_uuid7(entry['sku'])}/").json()
    fields = demo_products.request_body(entry)
    assert {name: product[name] for name in fields} == fields
    assert product["image_url"] == f"{settings.SHOP_URL}/pictures/{entry['sku']}.svg"
    assert product["created_at"][:4] == "2025"


def test_seeding_is_idempotent_and_leaves_changed_products(db):
    seeded()
    changed, archived = (Product.objects.get(sku=entry["sku"]) for entry in ENTRIES[:2])
    services.update(product_id=changed.pk, sku="MY-OWN", name="Renamed")
    services.archive(product_id=archived.pk)

    assert seeded().endswith("200 products, 0 of them new.\n")
    assert Product.objects.count() == 200
    assert Product.objects.get(pk=changed.pk).name == "Renamed"
    assert not Product.objects.get(pk=archived.pk).is_active


def test_seeding_resumes_after_an_interruption(db):
    for entry in ENTRIES[:50]:
        demo_products.create(entry)
    assert seeded().endswith("200 products, 150 of them new.\n")


def test_seeding_names_a_duplicate_sku(product):
    product(sku=ENTRIES[3]["sku"])
    with pytest.raises(CommandError, match=ENTRIES[3]["sku"]):
        seeded()


def test_seeding_production_needs_force(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not Product.objects.exists()
    call_command("seed_demo", "--force", stdout=StringIO())
    assert Product.objects.count() == 200
