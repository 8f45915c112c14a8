"""The pictures of the demo shop's products: for each its kind's shape in its own colour, as SVG.

`manage.py generate_demo_images` writes them to gateway/pictures; a test holds them to what this draws.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

SHAPES = Path(__file__).with_name("shapes.xml")
SVG = "http://www.w3.org/2000/svg"
SIZE = "400"

COLOURS = {
    "blush": "#dba39a",
    "brass": "#c39b4e",
    "brick": "#b5483a",
    "charcoal": "#3b3f45",
    "cream": "#e6dbc4",
    "forest": "#3f6650",
    "mustard": "#d9a437",
    "oak": "#c8a271",
    "ocean": "#2f5d86",
    "plum": "#6e3f63",
    "sage": "#92a88a",
    "sand": "#d3bf9c",
    "sky": "#8fb6cf",
    "slate": "#77828c",
    "terracotta": "#c66f4e",
    "walnut": "#6f4e37",
}
OF_ALL = {
    "ink": "#2b2d31",
    "paper": "#fbf9f4",
    "wood": "#a97c50",
    "leaf": "#5f8a62",
    "metal": "#b9c0c6",
}
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def draw(*, name: str, shape: str, colour: str) -> str:
    """The picture as SVG, with the product's name as its title."""
    tones = OF_ALL | _tones(COLOURS[colour])
    picture = ET.Element("svg", {"xmlns": SVG, "viewBox": f"0 0 {SIZE} {SIZE}", "role": "img"})
    ET.SubElement(picture, "title").text = name
    ET.SubElement(picture, "rect", {"width": SIZE, "height": SIZE, "fill": tones["ground"]})
    ET.SubElement(
        picture,
        "ellipse",
        {"cx": "200", "cy": "322", "rx": "128", "ry": "14", "fill": tones["shade"]},
    )
    picture.extend(_coloured(part, tones) for part in _shapes()[shape])
    return ET.tostring(picture, encoding="unicode") + "\n"


def kinds() -> set[str]:
    return set(_shapes())


def _shapes() -> dict[str, ET.Element]:
    return {group.attrib["id"]: group for group in ET.parse(SHAPES).getroot()}  # noqa: S314  (our own file)


def _coloured(part: ET.Element, tones: Mapping[str, str]) -> ET.Element:
    """The part with the names of its tones replaced by what they are in this product."""
    attributes = {name: tones.get(value, value) for name, value in part.attrib.items()}
    painted = ET.Element(part.tag, attributes)
    painted.extend(_coloured(inner, tones) for inner in part)
    return painted


def _tones(colour: str) -> dict[str, str]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    mixed = {
        "main": (BLACK, 0.0),
        "dark": (BLACK, 0.22),
        "light": (WHITE, 0.28),
        "ground": (WHITE, 0.84),
        "shade": (WHITE, 0.66),
    }
    return {tone: _mix((red, green, blue), *with_what) for tone, with_what in mixed.items()}


def _mix(colour: tuple[int, ...], other: tuple[int, ...], share: float) -> str:
    return "#" + "".join(
        f"{round(one + (two - one) * share):02x}" for one, two in zip(colour, other, strict=True)
    )
