"""What a person adjusts on finished stickers: place, outline, colours, first frame. Cut-outs stay as they are."""

from typing import Annotated

from pydantic import ConfigDict, Field

from popcon.models.base import Model

HexColour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", description="#rrggbb", examples=["#ff8800"])]

FrameName = Annotated[str, Field(pattern=r"^[0-9a-f]{12}-\d{1,6}$", description="as the edit session lists it")]

ActionName = Annotated[str, Field(min_length=1, max_length=80)]


class Nudge(Model):
    """How the character is moved, scaled and turned about the middle of its body."""

    x: float = Field(default=0, ge=-2000, le=2000, description="to the right, px of the cut-out")
    y: float = Field(default=0, ge=-2000, le=2000, description="downwards, px of the cut-out")
    scale: float = Field(default=1, ge=0.25, le=4)
    angle: float = Field(default=0, ge=-180, le=180, description="clockwise, degrees")

    @property
    def empty(self) -> bool:
        """Whether nothing is moved."""
        return self == Nudge()


class Outline(Model):
    """A line of one colour around all that shows."""

    colour: HexColour = "#ffffff"
    width: int = Field(default=0, ge=0, le=40, description="px of the cut-out; 0: no outline")


class Recolour(Model):
    """A change of one colour and its shades, in all stickers of a pack."""

    source: HexColour
    target: HexColour
    reach: float = Field(default=1, ge=0.2, le=3, description="how unlike a colour may be and still change with it")


class StickerAdjustment(Model):
    """What a person adjusted on one sticker."""

    first: FrameName | None = Field(default=None, description="the frame that the sticker starts with")
    nudge: Nudge = Nudge()
    frames: dict[FrameName, Nudge] = Field(default_factory=dict, max_length=60, description="of single frames")
    outline: Outline | None = Field(default=None, description="None: that of the pack")


class Adjustments(Model):
    """Everything adjusted on a job's stickers: the whole state, not a step. Undo is saving an older one."""

    outline: Outline = Field(default=Outline(), description="of all stickers that have none of their own")
    recolours: tuple[Recolour, ...] = Field(default=(), max_length=12)
    stickers: dict[ActionName, StickerAdjustment] = Field(default_factory=dict, max_length=100, description="by action")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outline": {"colour": "#ffffff", "width": 6},
                    "recolours": [{"source": "#f2b632", "target": "#3a7bd5"}],
                    "stickers": {"wave": {"nudge": {"x": 12, "y": -4, "scale": 1.1, "angle": 5}}},
                }
            ]
        }
    )

    def outline_of(self, action: str) -> Outline:
        """Return the outline of a sticker."""
        own = self.of(action).outline
        return self.outline if own is None else own

    def of(self, action: str) -> StickerAdjustment:
        return self.stickers.get(action, StickerAdjustment())
