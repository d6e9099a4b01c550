"""The rig: what a character can move, found by the machine or marked by a person."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from popcon.models.base import Model

Confidence = Annotated[float, Field(ge=0, le=1, description="0: a guess; 1: sure, or marked by a person")]
LimbName = Literal["arm_left", "arm_right", "leg_left", "leg_right", "tail", "ear_left", "ear_right", "wing", "other"]
USED_FROM = 0.5
"""Parts of this confidence or more are moved; the others are only told."""
LARGEST_LIMB = 0.6
"""The largest share of the character's box that a limb's outline may enclose."""


class Point(Model):
    """A place in the picture."""

    x: float = Field(description="px from the left edge of the picture as it was given")
    y: float = Field(description="px from its top")


class RigPart(Model):
    """An upright oval around a part of the character."""

    x: float = Field(description="its middle, px from the left edge of the picture as it was given")
    y: float = Field(description="its middle, px from the top")
    rx: float = Field(gt=0, description="half its width, px")
    ry: float = Field(gt=0, description="half its height, px")
    confidence: Confidence = 1.0


class RigEye(RigPart):
    """An eye: the whole of it, white included."""

    source: Literal["own", "guessed"] = Field(
        default="own", description="own: it is in the picture; guessed: where one would be; nothing is drawn there"
    )


class RigLimb(Model):
    """A part that turns about a joint."""

    name: LimbName = Field(description="left and right as the viewer sees them")
    outline: tuple[Point, ...] = Field(min_length=3, max_length=400, description="around it, in order")
    pivot: Point = Field(description="the joint that it turns about")
    tip: Point = Field(description="its far end")
    layer: Literal["front", "behind"] = Field(default="front", description="of the body, at rest")
    outlined: bool = Field(
        default=False, description="the outline follows the art's own lines and is cut along; else about along"
    )
    confidence: Confidence = 1.0

    @property
    def area(self) -> float:
        """Of the outline, square px (shoelace formula)."""
        around = zip(self.outline, (*self.outline[1:], self.outline[0]), strict=True)
        return abs(sum(a.x * b.y - b.x * a.y for a, b in around)) / 2


class RigBox(Model):
    """The box around the character in the picture, px."""

    left: float
    top: float
    right: float
    bottom: float

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.right - self.left < 1 or self.bottom - self.top < 1:
            raise ValueError("the character's box has no width or no height")
        return self


class CharacterRig(Model):
    """What a character can move, in pixels of the picture as it was given."""

    width: int = Field(ge=1, description="of the picture, px")
    height: int = Field(ge=1, description="of the picture, px")
    character: RigBox
    kind: Literal["biped", "quadruped", "head", "object"]
    facing: Literal["front", "three-quarter", "left", "right"] = "front"
    head: RigPart | None = None
    neck: Point | None = Field(default=None, description="where the head meets the body; None: there is no body")
    eyes: tuple[RigEye, ...] = Field(default=(), max_length=2, description="left first, as the viewer sees them")
    brows: tuple[RigPart, ...] = Field(default=(), max_length=2)
    mouth: RigPart | None = None
    nose: RigPart | None = None
    cheeks: tuple[RigPart, ...] = Field(default=(), max_length=2)
    limbs: tuple[RigLimb, ...] = Field(default=(), max_length=12)

    @model_validator(mode="after")
    def _within_the_picture(self) -> Self:
        for name, x, y in self._places():
            if not (0 <= x <= self.width and 0 <= y <= self.height):
                raise ValueError(f"{name} at {x:g}, {y:g} is outside of the picture, {self.width}x{self.height} px")
        box = self.character
        room = (box.right - box.left) * (box.bottom - box.top)
        for limb in self.limbs:
            if limb.area > LARGEST_LIMB * room:
                raise ValueError(
                    f"the limb {limb.name} covers nearly the whole character; mark only the part that turns"
                )
            if limb.area < 1:
                raise ValueError(f"the limb {limb.name} has no area")
        pairs: dict[str, tuple[RigPart, ...]] = {"eyes": self.eyes, "brows": self.brows, "cheeks": self.cheeks}
        ovals = [(f"{name}.{n}", part) for name, parts in pairs.items() for n, part in enumerate(parts)]
        ovals += [(name, part) for name, part in (("mouth", self.mouth), ("nose", self.nose)) if part]
        for name, oval in ovals:
            if 4 * oval.rx * oval.ry > 0.5 * room:
                raise ValueError(f"{name} covers more than half of the character")
        return self

    def _places(self) -> list[tuple[str, float, float]]:
        places = [("character", self.character.left, self.character.top)]
        places += [("character", self.character.right, self.character.bottom)]
        for name in ("head", "mouth", "nose"):
            part: RigPart | None = getattr(self, name)
            places += [(name, part.x, part.y)] if part else []
        places += [("neck", self.neck.x, self.neck.y)] if self.neck else []
        for name in ("eyes", "brows", "cheeks"):
            parts: tuple[RigPart, ...] = getattr(self, name)
            places += [(f"{name}.{n}", part.x, part.y) for n, part in enumerate(parts)]
        for limb in self.limbs:
            places += [(limb.name, at.x, at.y) for at in (*limb.outline, limb.pivot, limb.tip)]
        return places
