"""The embedded default engines: a puppet that poses and moves the character itself, with drawn effects.

Deterministic: the same shot of the same character gives the same pixels. What was prepared last is kept: the actions
of a job share their character, and the chunks of a clip its painter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from threading import Condition

import numpy as np
from cachetools import LRUCache, cached

from popcon.engines.base import GeneratedClip, PictureReport, Shot
from popcon.engines.puppet.approved import as_figure, differs
from popcon.engines.puppet.direction import Direction, direct, palette
from popcon.engines.puppet.figure import Figure, figure
from popcon.engines.puppet.fit import fitted
from popcon.engines.puppet.manner import in_manner
from popcon.engines.puppet.marked import limb_between, record
from popcon.engines.puppet.pose import CHANNELS, FACE, HANDS, Score
from popcon.engines.puppet.render import Painter
from popcon.engines.puppet.tracks import FRAMES, phase
from popcon.models.action import Action
from popcon.models.engine import EngineFingerprint
from popcon.models.rig import CharacterRig
from popcon.pixels import Rgb, Rgba

Staged = tuple[Painter, Callable[[int], float]]
"""Who paints the frames, and how opaque the effects are in each."""

FPS = 30
VERSION = "14"
"""2: faces are drawn anew; eyes are found by pairs. 3: features within an eye are no pair of eyes. 4: characters seen
from the side act with their one eye; limbs are cut cleanly; effects keep off the face. 5: marked
limbs that stick out are cut as found ones are. 6: legs, tails and hanging arms are found. 7:
hands keep off the face, frames of glasses stay. 8: runners float with their legs apart; more faces
change within the loop. 9: pixel art moves in whole pixels.
10: shades keep to the face's skin; busts get hands; thumbs have the character's colour.
11: eyes look aside, mouths kiss, pout and chew; patterns go on behind limbs; limbs that come apart stay.
12: wide bodies rock where tall ones bend; bodies without hands make gestures with the body.
13: mouths are found on shaded skin, whites that touch are eyes.
14: long arms have an elbow; what an outlined limb covered is filled in without the ink beside it."""
VIDEO_VERSION = "16"
"""2: clips carry their exact frames. 3 to 6: as VERSION 2 to 5. 7: frames are drawn where they are shown. 8 to 16: as
VERSION 6 to 14."""


class FindsParts:
    """Finds what a character can move (an engine that `ActsByRig`)."""

    find_rig = staticmethod(record)
    mark_limb = staticmethod(limb_between)


class PuppetImage(FindsParts):
    """Draws start frames: the character in the action's most telling pose, with its effects (an `ImageEngine`)."""

    fingerprint = EngineFingerprint(name="puppet", version=VERSION)

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        """Draw frame 0 of the performance.

        Arguments:
            character: (h, w, 4) uint8, straight alpha; a transparent border is ignored.

        Raises:
            BadPicture: the character is fully transparent.
        """
        actor, plan = perform(character, shot)
        return Painter(actor, plan, shot.backdrop, shot.seed).paint(0), PictureReport(body=actor.body, notes=plan.notes)

    def effect_colours(self, action: Action) -> tuple[tuple[int, int, int], ...]:
        """Return every sRGB colour of the action's effects, each once (`PaintsEffects`)."""
        return palette(action)


class PuppetVideo(FindsParts):
    """Makes clips of two seconds that loop without a seam (a `VideoEngine`)."""

    fingerprint = EngineFingerprint(name="puppet", version=VIDEO_VERSION)

    def animate(self, start_frame: Rgb, character: Rgba, shot: Shot) -> GeneratedClip:
        """Animate a start frame: the puppet's own goes on as it began; any other picture is itself moved.

        Raises:
            BadPicture: the character, or a start frame that replaces it, shows nothing.
        """
        from popcon.media.clips.clip import encode_mp4

        return GeneratedClip(data=encode_mp4(frames(start_frame, character, shot), FPS))

    def preview(self, start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None = None) -> GeneratedClip:
        """Animate as `animate` does, at half the size (`DrawsFrames`)."""
        from popcon.media.clips.clip import encode_mp4

        painter, opacity = _small(start_frame, character, shot, alone)
        return GeneratedClip(data=encode_mp4((painter.paint(n, opacity(n)) for n in range(FRAMES)), FPS))

    def draw_frames(
        self, start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None, indices: Sequence[int]
    ) -> list[Rgba]:
        """Draw frames of the clip as large as the shot, without their backdrop (`DrawsFrames`)."""
        painter, opacity = _staged(start_frame, character, shot, alone)
        return [painter.paint_alone(n, opacity(n)) for n in indices]


def frames(start_frame: Rgb, character: Rgba, shot: Shot) -> Iterator[Rgb]:
    """Yield the clip's frames, one after the other: FRAMES times (side, side, 3) uint8."""
    painter, opacity = _staged(start_frame, character, shot)
    for n in range(FRAMES):
        yield painter.paint(n, opacity(n))


def _pixels_key(picture: Rgb | Rgba | None) -> tuple[object, ...]:
    if picture is None:
        return ()
    return picture.shape, blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()


@cached(
    LRUCache(4),
    key=lambda start_frame, character, shot, alone=None: (
        *(_pixels_key(each) for each in (start_frame, character, alone)),
        shot.model_dump_json(),
    ),
    condition=Condition(),
)
def _staged(start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None = None) -> Staged:
    actor, plan = perform(character, shot)
    painter = Painter(actor, plan, shot.backdrop, shot.seed)
    if differs(start_frame, painter.paint(0)):
        return _moved(start_frame, shot, plan, alone)
    return painter, _fully


def _small(start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None) -> Staged:
    """Half as large. Which picture is moved is decided at full size, so that both show the same."""
    small = shot.model_copy(update={"side": max(64, shot.side // 4 * 2)})
    actor, plan = perform(character, small)
    if _staged(start_frame, character, shot, alone)[1] is not _fully:
        return _moved(start_frame, small, plan, alone)
    return Painter(actor, plan, small.backdrop, small.seed), _fully


def _fully(frame: int) -> float:
    return 1.0


@cached(
    LRUCache(8),
    key=lambda character, shot: (_pixels_key(character), shot.model_dump_json()),
    condition=Condition(),
)
def perform(character: Rgba, shot: Shot) -> tuple[Figure, Direction]:
    """Return the character as a figure, and how the shot moves it, fitted into the frame."""
    actor = _figure(character, shot.side, shot.rig)
    plan = direct(shot)
    return actor, replace(plan, score=fitted(actor, in_manner(actor, plan.score)))


@cached(
    LRUCache(4),
    key=lambda character, side, rig: (_pixels_key(character), side, rig and rig.model_dump_json()),
    condition=Condition(),
)
def _figure(character: Rgba, side: int, rig: CharacterRig | None) -> Figure:
    return figure(character, side, rig_record=rig)


def _moved(start_frame: Rgb, shot: Shot, plan: Direction, alone: Rgba | None) -> Staged:
    """Move the picture that was approved: it is at rest in frame 0, and effects come in after that."""
    actor, backdrop = as_figure(start_frame, shot.side, alone)
    rest = plan.score.resting_frame()
    plan = replace(plan, score=fitted(actor, _handless(plan.score.relative_to(rest).rolled(rest))))
    shown = np.clip(np.minimum(phase(), 1 - phase()) * 8, 0, 1)
    painter = Painter(actor, plan, backdrop, shot.seed)
    return painter, lambda n: float(shown[n])


def _handless(score: Score) -> Score:
    """Without gestures and faces: the picture has its own."""
    values = score.values.copy()
    for index, name in enumerate(CHANNELS):
        if name.startswith((*HANDS, *FACE)):
            values[:, index] = 0.0
    return Score(values)
