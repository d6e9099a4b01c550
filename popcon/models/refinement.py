"""What a person changed by hand: clicks, strokes and picks."""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, overload

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import core_schema

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.timeline import FrameRef


class Click(Model):
    """A person's click, in picture pixels, origin at the top left."""

    x: float
    y: float
    positive: bool = True


class Point(Model):
    """A place in a picture, px, origin at the top left. Pixel (0, 0) reaches from 0 to 1."""

    x: float
    y: float


MOST_STROKE_POINTS = 10_000


class Points(Sequence[Point]):
    """Places in order, 16 bytes each; reads like a tuple of `Point`, and its JSON is a list of them.

    A `Point` of its own takes 400 bytes, and an afternoon of painting has a million of them.

    Arguments:
        places: (x, y) of each.
    """

    __slots__ = ("_packed",)

    def __init__(self, places: Iterable[tuple[float, float]]) -> None:
        self._packed = array("d", [value for place in places for value in place])

    @property
    def packed(self) -> memoryview:
        """float64: x0, y0, x1, y1 …"""
        return memoryview(self._packed)

    def __len__(self) -> int:
        return len(self._packed) // 2

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> "Points": ...
    def __getitem__(self, index: int | slice) -> "Point | Points":
        places = list(zip(self._packed[::2], self._packed[1::2], strict=True))
        if isinstance(index, slice):
            return Points(places[index])
        return Point(x=places[index][0], y=places[index][1])

    def __iter__(self) -> Iterator[Point]:
        for x, y in zip(self._packed[::2], self._packed[1::2], strict=True):
            yield Point(x=x, y=y)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Points) and self._packed == other._packed

    def __hash__(self) -> int:
        return hash(self._packed.tobytes())

    def __repr__(self) -> str:
        return f"Points({len(self)})"

    def _listed(self) -> list[dict[str, float]]:
        return [{"x": x, "y": y} for x, y in zip(self._packed[::2], self._packed[1::2], strict=True)]

    @classmethod
    def _read(cls, value: Any) -> "Points":
        if isinstance(value, Points):
            return value
        if not isinstance(value, list | tuple):
            raise ValueError("give a list of points")  # noqa: TRY004: pydantic makes an answer of a ValueError
        if not 1 <= len(value) <= MOST_STROKE_POINTS:
            raise ValueError(f"a stroke has 1 to {MOST_STROKE_POINTS} points, and not {len(value)}")
        return cls(_place(number, each) for number, each in enumerate(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(cls._listed)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "array", "items": Point.model_json_schema(), "minItems": 1, "maxItems": MOST_STROKE_POINTS}


def _place(number: int, value: Any) -> tuple[float, float]:
    """(x, y) of a point in JSON, or of a `Point`."""
    if isinstance(value, Point):
        return value.x, value.y
    if isinstance(value, dict) and value.keys() == {"x", "y"}:
        x, y = value["x"], value["y"]
        if type(x) in (int, float) and type(y) in (int, float) and math.isfinite(x) and math.isfinite(y):
            return float(x), float(y)
    try:
        point = Point.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"point {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return point.x, point.y


class Stroke(Model):
    """One drag of a round brush."""

    points: Annotated[Sequence[Point], Points] = Field(description="where the brush went, in order; kept as `Points`")
    radius: float = Field(gt=0, le=1000, description="of the brush, px of the picture")
    mode: Literal["erase", "restore"] = Field(description="erase: make it transparent; restore: bring the frame back")


class Refinement(Model):
    """Everything a person has changed on one frame.

    It holds the whole state, not a step: saving it twice, or saving an older one again, needs no history. Undo is
    saving the one before.
    """

    clicks: tuple[Click, ...] = Field(default=(), description="all clicks of the frame, in the order they were made")
    strokes: tuple[Stroke, ...] = Field(default=(), description="all strokes, in the order they were made")
    mask: ArtifactRef | None = Field(
        default=None, description="a mask that was carried here from another frame, or painted; clicks mend it"
    )
    effects: bool = Field(default=True, description="whether effects that float beside the character are shown")
    candidate: FrameRef | None = Field(default=None, description="the frame picked for the slot; None: the chosen one")

    @property
    def empty(self) -> bool:
        """Whether nothing was changed."""
        return self.effects and not (self.clicks or self.strokes or self.mask or self.candidate)
