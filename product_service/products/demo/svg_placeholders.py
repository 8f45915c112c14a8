"""Placeholder images of the demo products as SVG: the shape of the kind in the product's colour.

`manage.py generate_demo_images` writes them to gateway/pictures. A test compares both.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

SHAPES = Path(__file__).with_name("svg_shapes.xml")
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
COMMON_TONES = {
    "ink": "#2b2d31",
    "paper": "#fbf9f4",
    "wood": "#a97c50",
    "leaf": "#5f8a62",
    "metal": "#b9c0c6",
}
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def draw(*, name: str, shape: str, colour: str) -> str:
    """An SVG image that has the product's name as its title."""
    tones = COMMON_TONES | _tones(COLOURS[colour])
    image = ET.Element("svg", {"xmlns": SVG, "viewBox": f"0 0 {SIZE} {SIZE}", "role": "img"})
    ET.SubElement(image, "title").text = name
    ET.SubElement(image, "rect", {"width": SIZE, "height": SIZE, "fill": tones["ground"]})
    ET.SubElement(
        image,
        "ellipse",
        {"cx": "200", "cy": "322", "rx": "128", "ry": "14", "fill": tones["shade"]},
    )
    image.extend(_apply_tones(part, tones) for part in _shapes()[shape])
    return ET.tostring(image, encoding="unicode") + "\n"


def shapes() -> set[str]:
    return set(_shapes())


def _shapes() -> dict[str, ET.Element]:
    return {group.attrib["id"]: group for group in ET.parse(SHAPES).getroot()}  # noqa: S314  (a file of this package)


def _apply_tones(part: ET.Element, tones: Mapping[str, str]) -> ET.Element:
    """Replaces the names of tones by the product's colours."""
    attributes = {name: tones.get(value, value) for name, value in part.attrib.items()}
    element = ET.Element(part.tag, attributes)
    element.extend(_apply_tones(child, tones) for child in part)
    return element


def _tones(colour: str) -> dict[str, str]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    mixtures = {
        "main": (BLACK, 0.0),
        "dark": (BLACK, 0.22),
        "light": (WHITE, 0.28),
        "ground": (WHITE, 0.84),
        "shade": (WHITE, 0.66),
    }
    return {tone: _mix((red, green, blue), *mixture) for tone, mixture in mixtures.items()}


def _mix(colour: tuple[int, ...], other: tuple[int, ...], share: float) -> str:
    return "#" + "".join(
        f"{round(a + (b - a) * share):02x}" for a, b in zip(colour, other, strict=True)
    )
