"""What each step returns: small records of refs."""

from itertools import groupby

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.stage import Body
from popcon.models.timeline import FrameRef, Timeline


class Box(Model):
    """A rectangle in pixels; right and bottom are exclusive."""

    left: int = Field(ge=0)
    top: int = Field(ge=0)
    right: int = Field(gt=0)
    bottom: int = Field(gt=0)


class Character(Model):
    """The picture the pack is about, normalised."""

    picture: ArtifactRef = Field(description="PNG, RGBA, square")
    body: Box = Field(description="the character within the picture")
    backdrop: str = Field(description="the flat colour to draw behind it, #rrggbb")
    notes: tuple[str, ...] = ()


class StartFrame(Model):
    """The still an action begins from."""

    picture: ArtifactRef = Field(description="PNG, RGB, square")
    body: Body
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = Field(default=(), description="failed checks: what a person should look at")


class Take(Model):
    """One generated clip of an action."""

    clip: ArtifactRef = Field(description="MP4")
    width: int
    height: int
    fps: float
    frames: int
    price_cny: str = Field(default="0", description="what the vendor charged, exact")


class Frames(Model):
    """The stills of an action's takes, put on a timeline."""

    timeline: Timeline
    crop: Box = Field(description="the part of each frame that is used (black bars dropped)")
    notes: tuple[str, ...] = ()

    def by_source(self) -> list[list[FrameRef]]:
        """The frames that the timeline needs, once each and in order, grouped by the clip they are from."""
        wanted = sorted({slot.frame for slot in self.timeline.slots}, key=_place)
        return [list(group) for _, group in groupby(wanted, key=lambda ref: ref.source.sha256)]


class CutoutRef(Model):
    """A frame without its backdrop, in the store."""

    frame: FrameRef
    picture: ArtifactRef = Field(description="PNG, RGBA, straight alpha")
    doubt: float = Field(ge=0, le=1)
    reason: str = ""


class Study(Model):
    """What a matte engine learned from a whole clip."""

    clip: dict[str, object] = Field(description="a MatteClip as JSON")
    engine: str = Field(description="the engine that does the cutting: the chosen one, or its fallback")
    notes: tuple[str, ...] = ()


class Cutouts(Model):
    """A chunk of cutouts, or all of an action's."""

    cutouts: tuple[CutoutRef, ...]

    def of(self, frame: FrameRef) -> CutoutRef:
        return next(cutout for cutout in self.cutouts if cutout.frame == frame)


class Sticker(Model):
    """The finished animation of one action for one platform."""

    action: str
    platform: str
    file: ArtifactRef
    width: int
    height: int
    frames: int
    durations_ms: tuple[int, ...]
    loops: int
    fidelity: float = Field(description="SSIM to the source frames, 0 to 1")
    notes: tuple[str, ...] = ()


class Sheet(Model):
    """All stickers of a job for one platform at a glance."""

    picture: ArtifactRef = Field(description="PNG: every action on light and on dark")


class Pack(Model):
    """All stickers of a job for one platform, as the platform's upload form wants them."""

    platform: str
    file: ArtifactRef = Field(description="ZIP")
    files: tuple[str, ...]
    accepted: bool = Field(description="whether every rule of the platform is kept")
    check: ArtifactRef = Field(description="JSON: every rule with what was found")
    notes: tuple[str, ...] = ()


def _place(ref: FrameRef) -> tuple[str, int]:
    return ref.source.sha256, ref.index
