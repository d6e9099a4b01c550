"""The keyed matte engine: unmixes a known flat backdrop, in a few milliseconds a frame."""

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.base import Cutout, MatteClip
from popcon.engines.engine_settings import read
from popcon.engines.matte import stabilise
from popcon.engines.matte import trimap as trimaps
from popcon.engines.matte.backdrop import Backdrop, estimate_backdrop
from popcon.engines.matte.decontaminate import decontaminate
from popcon.engines.matte.doubt import Doubt, assess_doubt
from popcon.engines.matte.exposure import border_pixels, measure_exposure
from popcon.engines.matte.floor_line import remove_floor_lines
from popcon.engines.matte.keyed_settings import KeyedSettings
from popcon.engines.matte.morphology import Window, window_of
from popcon.engines.matte.plateaus import find_things, make_dark_effects_neutral, make_flat_effects_opaque
from popcon.engines.matte.shadow import lay_over_shadow, remove_shadow
from popcon.engines.matte.unmix import Scene, unmix
from popcon.engines.matte.white import paint
from popcon.errors import BadClip
from popcon.models.engine import EngineFingerprint
from popcon.models.job import Setting
from popcon.pixels import Rgb

Bytes = NDArray[np.uint8]

_CONTEXT = 8  # blocks around everything that differs from the backdrop: the reach of a tint, and more than a rim's


class KeyedMatte:
    """Follows `popcon.engines.base.MatteEngine`. Holds no state: one object serves any number of threads."""

    fingerprint = EngineFingerprint(name="keyed", version="10")

    def __init__(self, settings: KeyedSettings | None = None) -> None:
        self.settings = settings or KeyedSettings()
        if self.settings.shadow == "keep":
            self.fingerprint = EngineFingerprint(name="keyed", version=f"{self.fingerprint.version} shadow")

    def study(self, frames: Iterable[Rgb], backdrop: str | None) -> MatteClip:
        """Measure the clip's backdrop.

        Arguments:
            frames: (h, w, 3) uint8, all or a sample, in order; only a few thousand pixels of some are kept.
            backdrop: "#rrggbb" that it was asked to have; None: whatever is flat around the border.

        Raises:
            BackdropNotFlat: there is no flat backdrop; the message says what to use instead.
            BadClip: no frames, or of different sizes.
        """
        found = estimate_backdrop(frames, backdrop)
        return MatteClip(backdrop=found.hexadecimal, details=found.details())

    def cut_out(
        self, frames: Sequence[Rgb], clip: MatteClip, before: Rgb | None = None, after: Rgb | None = None
    ) -> list[Cutout]:
        """Cut out neighbouring frames of one size; the result does not depend on how a clip is cut into chunks, as
        long as `before` and `after` are given.

        Raises:
            BadClip: frames of different sizes.
        """
        if not frames:
            return []
        shapes = {f.shape for f in (*frames, *(f for f in (before, after) if f is not None))}
        if len(shapes) > 1:
            raise BadClip("Frames of a clip have different sizes; all must have one size.")
        height, width = frames[0].shape[:2]
        views = _Views(Backdrop.restore(clip.details), height, width)
        row = [before, *frames, after]
        window = [None if f is None else views.of(f) for f in row[:2]]
        cutouts = []
        for nearest in row[2:]:
            window.append(None if nearest is None else views.of(nearest))
            here = window[1]
            assert here is not None
            neighbours = [v for v in (window[0], window[2]) if v is not None]
            cutouts.append(_cut(here, neighbours, height, width, self.settings.shadow == "keep"))
            window.pop(0)
        return cutouts


class _View:
    """A padded frame at the clip's exposure, without floor lines and shadows, and its difference from the backdrop."""

    def __init__(self, padded: Bytes, top: int, left: int, scene: Scene) -> None:
        self.shadow: Bytes | None = None
        padded = remove_floor_lines(padded, scene.empty, scene.threshold, scene.uniform)
        if scene.backdrop.saturated:
            padded, self.shadow = remove_shadow(
                padded, scene.empty, scene.backdrop.level, scene.threshold, scene.uniform
            )
        self.padded, self.top, self.left, self.scene = padded, top, left, scene
        self.things = stabilise.Components(trimaps.block_difference(padded, scene.empty), scene.threshold)


class _Views:
    """The frames of one clip made ready, each with the backdrop that it has."""

    def __init__(self, backdrop: Backdrop, height: int, width: int) -> None:
        self._backdrop, self._size = backdrop, (height, width)
        self._scene = Scene.of(backdrop, height, width)

    def of(self, frame: Rgb) -> _View:
        exposure = measure_exposure(border_pixels(frame), self._backdrop.level)
        scene = self._scene
        if exposure.shifted:
            scene = Scene.of(self._backdrop.shifted(exposure.shift), *self._size)
        return _View(*scene.grid.pad(exposure.correct(frame)), scene)


def _cut(view: _View, neighbours: list[_View], height: int, width: int, shadow_stays: bool) -> Cutout:
    scene, things = view.scene, view.things
    seen = gap = stabilise.drop_specks(things, [n.things for n in neighbours])
    pixels: Window = (slice(None), slice(None))
    if scene.backdrop.saturated and (blocks := window_of(things.active, _CONTEXT)):
        # Outside there is nothing but the backdrop.
        pixels = (slice(2 * blocks[0].start, 2 * blocks[0].stop), slice(2 * blocks[1].start, 2 * blocks[1].stop))
        scene, things, gap = scene.within(blocks, pixels), things.within(blocks), np.ascontiguousarray(gap[blocks])
    padded = np.ascontiguousarray(view.padded[pixels])
    padded = stabilise.average_still_parts(padded, [n.padded[pixels] for n in neighbours], scene.backdrop.noise)
    doubt = Doubt()
    inside, shadow = None, view.shadow
    if not scene.backdrop.saturated:
        painted = paint(padded, gap, scene)
        padded, inside, doubt = painted.padded, painted.inside, painted.doubt
        seen = gap = painted.gap
        shadow = painted.shadow
    trimap = trimaps.find_trimap(gap, padded, scene.backdrop_colour, scene.threshold)
    rgba = unmix(padded, scene, trimap, things.sparks())
    strong = find_things(gap, scene.threshold)
    make_flat_effects_opaque(rgba, padded, scene, strong)
    if inside is not None:
        rgba[..., :3][inside] = view.padded[inside]
        rgba[..., 3][inside] = 255
    decontaminate(rgba, trimap)
    make_dark_effects_neutral(rgba, scene.backdrop_colour, strong)
    whole = np.zeros((*view.padded.shape[:2], 4), np.uint8)
    whole[pixels] = cv2.copyTo(rgba, np.ascontiguousarray(rgba[..., 3]))
    if shadow_stays and shadow is not None:
        lay_over_shadow(whole, shadow)
    rgba = np.ascontiguousarray(whole[view.top : view.top + height, view.left : view.left + width])
    doubt = max(doubt, assess_doubt(seen, scene), key=lambda d: d.score)
    return Cutout(rgba=rgba, doubt=doubt.score, reason=doubt.reason)


def make(settings: Mapping[str, Setting], purchase: object = None) -> KeyedMatte:
    """Return the engine, from a job's settings.

    Raises:
        BadInput: a setting is unknown or wrong.
    """
    return KeyedMatte(read(KeyedSettings, "keyed", settings))
