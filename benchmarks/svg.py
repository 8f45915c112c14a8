"""The plot of the ratios: the length of a bar is the ratio relative to its goal."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.ratios import Ratio
from benchmarks.report_table import number

ROW, BAR, LEFT, UNIT, TOP, WIDTH = 26, 16, 330, 190, 52, 860
MAX_RATIO = 2.0
"""Longer bars are cut off."""
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; }
    .quiet { fill: #57606a; }
    .met { fill: #2f8f5b; }
    .missed { fill: #c4622d; }
    .goal { stroke: #24292f; stroke-dasharray: 3 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .quiet { fill: #9198a1; }
      .met { fill: #3fb777; }
      .missed { fill: #e58a52; }
      .goal { stroke: #e6edf3; }
    }
"""


def draw(ratios: Sequence[Ratio], caption: str) -> str:
    height = TOP + ROW * len(ratios) + 14
    rows = [_row(ratio, TOP + ROW * at) for at, ratio in enumerate(ratios)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img">',
            f"  <title>{escape(caption)}</title>",
            f"  <style>{STYLE}  </style>",
            '  <text class="title" x="10" y="22">Ratios relative to their goals</text>',
            f'  <text class="quiet" x="10" y="40">{escape(caption)}</text>',
            *rows,
            f'  <line class="goal" x1="{LEFT + UNIT}" y1="{TOP - 6}" x2="{LEFT + UNIT}" '
            f'y2="{height - 8}"/>',
            f'  <text class="quiet" x="{LEFT + UNIT}" y="{TOP - 10}" '
            'text-anchor="middle">goal</text>',
            "</svg>",
            "",
        ]
    )


def _row(ratio: Ratio, top: int) -> str:
    length = 0 if math.isnan(ratio.value) else round(min(ratio.times_met, MAX_RATIO) * UNIT, 1)
    middle = top + BAR - 3
    kind = "met" if ratio.met else "missed"
    return (
        f'  <text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(ratio.name)}</text>\n'
        f'  <rect class="{kind}" x="{LEFT}" y="{top}" width="{length}" height="{BAR}" rx="2"/>\n'
        f'  <text x="{LEFT + MAX_RATIO * UNIT + 14:.0f}" y="{middle}">{number(ratio.value)} '
        f'<tspan class="quiet">({escape(ratio.goal)})</tspan></text>'
    )
