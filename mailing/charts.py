"""Small charts as shapes for an inline SVG: numbers only, so that the template needs no style and no script."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 140
GAP = 2
WIDEST = 60  # so that a single month is a column and no wall


@dataclass(frozen=True)
class Bar:
    """One rectangle: where it stands, and the class of its colour."""

    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True)
class Column:
    """One column of stacked bars, and its words."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """Everything the drawing needs; `top` is the number at the upper line."""

    columns: tuple[Column, ...]
    top: int
    width: int = WIDTH
    height: int = HEIGHT


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Chart:
    """A chart of rows (title, ((class, number), …)), one column each, the first part at the foot."""
    top = max((sum(number for _css, number in parts) for _title, parts in rows), default=0)
    step = min(WIDTH / max(len(rows), 1), WIDEST)
    columns = []
    for position, (title, parts) in enumerate(rows):
        bars, base = [], float(HEIGHT)
        for css, number in parts:
            if not number:
                continue
            height = number / top * HEIGHT
            base -= height
            bars.append(
                Bar(round(position * step + GAP / 2, 2), round(base, 2), round(step - GAP, 2), round(height, 2), css)
            )
        columns.append(Column(title, tuple(bars)))
    return Chart(tuple(columns), top)
