"""What each step returns: small records of refs."""

from itertools import groupby

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.billed import Billed
from popcon.models.stage import Body
from popcon.models.timeline import FrameRef, Timeline
from popcon.naming import edition


class Box(Model):
    """A rectangle in pixels; right and bottom are exclusive."""

    left: int = Field(ge=0)
    top: int = Field(ge=0)
    right: int = Field(gt=0)
    bottom: int = Field(gt=0)


class Character(Billed):
    """The picture the pack is about, normalised."""

    picture: ArtifactRef = Field(description="PNG, RGBA, square")
    body: Box = Field(description="the character within the picture")
    backdrop: str = Field(description="the flat colour to draw behind it, #rrggbb")
    way: str = Field(default="own alpha", description="how it was cut free of its picture")
    doubt: str = Field(default="", description="why a person should look at the cut-out; empty: no need")
    notes: tuple[str, ...] = ()


class StartFrame(Billed):
    """The still an action begins from."""

    picture: ArtifactRef = Field(description="PNG, RGB, square")
    body: Body
    alone: ArtifactRef | None = Field(
        default=None,
        exclude_if=lambda alone: alone is None,
        description="PNG, RGBA: the same picture without its backdrop, where its alpha is known",
    )
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = Field(default=(), description="failed checks: what a person should look at")


class Take(Billed):
    """One generated clip of an action."""

    clip: ArtifactRef = Field(description="MP4")
    width: int
    height: int
    fps: float
    frames: int
    problems: tuple[str, ...] = Field(default=(), description="failed checks: what a person should look at")


class Mixed(Model):
    """A frame that another one shows through, where a loop without a seamless cycle is closed by a cross-blend."""

    frame: FrameRef
    other: FrameRef
    share: float = Field(gt=0, lt=1, description="of the other one")


class Frames(Model):
    """The stills of an action's takes, put on a timeline."""

    timeline: Timeline
    width: int = Field(gt=0, description="of a whole frame, px")
    height: int = Field(gt=0)
    crop: Box = Field(description="the part of each frame that is used (black bars dropped)")
    mixed: tuple[Mixed, ...] = ()
    notes: tuple[str, ...] = ()

    def by_source(self) -> list[list[FrameRef]]:
        """Return the frames that the timeline needs, once each and in order, grouped by the clip they are from."""
        shown = {slot.frame for slot in self.timeline.slots}
        wanted = shown | {mixed.other for mixed in self.mixed if mixed.frame in shown}
        return [list(group) for _, group in groupby(sorted(wanted, key=_place), key=lambda ref: ref.source.sha256)]

    def only(self, frame: FrameRef) -> "Frames":
        """These frames as they would be if one alone played."""
        slot = self.timeline.slots[0].model_copy(update={"frame": frame})
        return self.model_copy(
            update={"timeline": self.timeline.model_copy(update={"slots": (slot,)}), "mixed": (), "notes": ()}
        )

    def in_crop(self, body: Body) -> Body:
        """Return a body that was measured in whole frames, as fractions of the part that is used."""
        across, down = self.crop.right - self.crop.left, self.crop.bottom - self.crop.top
        if (across, down) == (self.width, self.height):
            return body

        def share(value: float, whole: int, start: int, part: int) -> float:
            return min(max((value * whole - start) / part, 0.0), 1.0)

        return Body(
            left=share(body.left, self.width, self.crop.left, across),
            right=share(body.right, self.width, self.crop.left, across),
            top=share(body.top, self.height, self.crop.top, down),
            bottom=share(body.bottom, self.height, self.crop.top, down),
        )


DOUBTFUL = 0.5
"""Cutouts doubted this much or more, and masks scored lower, are for a person to look at."""


class CutoutRef(Model):
    """A frame without its backdrop, in the store."""

    frame: FrameRef
    picture: ArtifactRef = Field(description="PNG, RGBA, straight alpha")
    doubt: float = Field(ge=0, le=1)
    reason: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return self.doubt >= DOUBTFUL


class Study(Model):
    """What a matte engine learned from a whole clip."""

    clip: dict[str, object] = Field(description="a MatteClip as JSON")
    engine: str = Field(description="the engine that does the cutting: the chosen one, or its fallback")
    notes: tuple[str, ...] = ()
    seconds_on_cpu: float | None = Field(default=None, description="for a frame, where a model has only a CPU")

    @property
    def without_notes(self) -> "Study":
        """What cutting depends on."""
        return self.model_copy(update={"notes": (), "seconds_on_cpu": None})

    def notes_for(self, frames: int, actions: int) -> tuple[str, ...]:
        """Return what a person should know of the cutting of an action.

        Arguments:
            frames: of the action.
            actions: of the job.
        """
        if self.seconds_on_cpu is None:
            return self.notes
        here = self.seconds_on_cpu * frames
        return (
            *self.notes,
            f"No GPU is used: {self.engine} cuts out on the CPU, about {self.seconds_on_cpu:.2g} s a frame, "
            f"{here:.0f} s for the {frames} frames of this action, {here * actions:.0f} s for a job of {actions} such "
            "actions.",
        )


class Cutouts(Model):
    """A chunk of cutouts, or all of an action's."""

    cutouts: tuple[CutoutRef, ...]
    notes: tuple[str, ...] = Field(default=(), description="what a person should know, such as another engine's use")

    def of(self, frame: FrameRef) -> CutoutRef:
        return next(cutout for cutout in self.cutouts if cutout.frame == frame)

    def joined(self, others: "Cutouts") -> "Cutouts":
        """These and others; the notes stay."""
        return self.model_copy(update={"cutouts": (*self.cutouts, *others.cutouts)})

    def replaced(self, others: "Cutouts") -> "Cutouts":
        """These, with others in the place of those of the same frames."""
        newer = {cutout.frame: cutout for cutout in others.cutouts}
        kept = tuple(newer.get(cutout.frame, cutout) for cutout in self.cutouts)
        return self.model_copy(update={"cutouts": kept})


class Sticker(Model):
    """The finished animation of one action for one platform."""

    action: str
    platform: str
    file: ArtifactRef
    width: int
    height: int
    frames: int
    durations_ms: tuple[int, ...]
    loops: int = Field(description="how often the file plays; 0 is endless")
    fidelity: float = Field(description="SSIM to the source frames, 0 to 1")
    setting: str = Field(description="how it was coded, for a person")
    notes: tuple[str, ...] = Field(default=(), description="what a person should know, such as words that read badly")


class Sheet(Model):
    """All stickers of a job for one platform at a glance."""

    picture: ArtifactRef = Field(description="PNG: every action on light and on dark")


class PackDoubt(Model):
    """Something that a platform's reviewer might ask about."""

    kind: str
    file: str = Field(description="the sticker's file in the pack")
    frame: int = Field(ge=0)
    says: str
    picture: ArtifactRef = Field(description="PNG: the frame, and what it is compared with or stands on")


class Pack(Model):
    """All stickers of a job for one platform, as the platform's upload form wants them."""

    platform: str
    language: str = Field(default="", description="of its words, where the job has words in several languages")
    file: ArtifactRef = Field(description="ZIP")
    files: tuple[str, ...]
    accepted: bool = Field(description="whether every rule of the platform is kept")
    check: ArtifactRef = Field(description="JSON: every rule with what was found")
    doubts: tuple[PackDoubt, ...] = Field(default=(), description="what a reviewer might ask about")
    notes: tuple[str, ...] = ()

    @property
    def edition(self) -> str:
        """Its name within the job."""
        return edition(self.platform, self.language)


def _place(ref: FrameRef) -> tuple[str, int]:
    return ref.source.sha256, ref.index
