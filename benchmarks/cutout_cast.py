"""The cast: outlined characters of usual size with a few whiskers, sparks and motion lines. None was used for fitting.

Drawn with Pillow by code of its own, so that nothing here is shaped like what the rim model saw: other bodies, other
effects, other smoothing of edges, and emoji that the fitting never draws.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.cutout_set import EMOJI, EMOJI_FONT, Colour, FloatImage, hsv

FINE = 4
"""Sub-pixels along each side of a pixel."""

UNSEEN = "🐶🐻🐨🐷🐔🐤🐬🐢🦒🐘🍄🍉🎈🚀⛄🐳"
if set(UNSEEN) & set(EMOJI):
    raise AssertionError("the cast's emoji must not be among those that the rim model was fitted to")

WHITE: Colour = (255, 255, 255)
YELLOW: Colour = (255, 211, 56)
SPARKS: tuple[Colour, ...] = (
    (255, 224, 70), WHITE, (255, 110, 90), (70, 60, 70), (110, 190, 255), (255, 160, 40), (255, 130, 190),
)  # fmt: skip

Points = NDArray[np.float64]


class Sheet:
    """Opaque shapes at FINE times the size; `shrink` gives exact coverage."""

    def __init__(self, side: int) -> None:
        size = (side * FINE, side * FINE)
        self.side = side
        self.layers = Image.new("RGB", size), Image.new("L", size), Image.new("L", size)
        self.pens = [ImageDraw.Draw(layer) for layer in self.layers]

    def area(self, points: Points, colour: Colour, effect: bool = False) -> None:
        xy = [(float(x), float(y)) for x, y in points * FINE]
        for pen, ink in zip(self.pens, (colour, 0 if effect else 255, 255 if effect else 0), strict=True):
            pen.polygon(xy, fill=ink)

    def line(self, points: Points, width: float, colour: Colour, effect: bool = False) -> None:
        """A line with round ends."""
        xy = [(float(x), float(y)) for x, y in points * FINE]
        w = max(2, round(width * FINE))
        for pen, ink in zip(self.pens, (colour, 0 if effect else 255, 255 if effect else 0), strict=True):
            pen.line(xy, fill=ink, width=w, joint="curve")
            for x, y in (xy[0], xy[-1]):
                pen.ellipse((x - w / 2, y - w / 2, x + w / 2, y + w / 2), fill=ink)

    def shrink(self, smooth: bool) -> tuple[FloatImage, FloatImage, FloatImage]:
        """(premultiplied colour, alpha, effect alpha), 0-1; `smooth`: edges as a good scaler makes them."""
        how = Image.Resampling.BICUBIC if smooth else Image.Resampling.BOX
        small = [layer.resize((self.side, self.side), how) for layer in self.layers]
        colour, body, effect = (np.asarray(layer, np.float32) / 255 for layer in small)
        alpha = np.asarray(np.clip(body + effect, 0, 1), np.float32)
        return np.asarray(np.minimum(colour, alpha[..., None]), np.float32), alpha, np.asarray(effect, np.float32)


def oval(x: float, y: float, rx: float, ry: float, power: float = 2.0) -> Points:
    """A superellipse: round at 2, a box with round corners at 5."""
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    return np.stack([x + rx * np.sign(c) * np.abs(c) ** (2 / power), y + ry * np.sign(s) * np.abs(s) ** (2 / power)], 1)


def bend(*points: tuple[float, float]) -> Points:
    """A smooth line through points: Catmull-Rom."""
    p = np.array([points[0], *points, points[-1]], np.float64)
    t = np.linspace(0, 1, 14)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate(pieces)


@dataclass(frozen=True)
class Flyer:
    """A spark or a motion line around the character; lengths in pixels of a frame of 480."""

    kind: str
    colour: Colour
    angle: float
    far: float
    size: float
    phase: float


class Member:
    """One of the cast. `draw(t)` is a pure function of the loop's phase; `density` scales how much flies around."""

    def __init__(self, seed: int, side: int, on_white: bool, density: float = 1.0) -> None:
        r = np.random.default_rng([seed, 4711])
        self.side, self.unit = side, side / 480
        self.name = ("cat", "chick", "robot", "seal", "emoji")[seed % 5]
        self.smooth = bool(r.uniform() < 0.75)
        self.coat: Colour = (YELLOW, hsv(r.uniform(), 0.45, 0.95), WHITE, hsv(r.uniform(), 0.15, 0.8))[
            int(r.integers(4))
        ]
        self.patch: Colour = YELLOW if self.coat == WHITE else WHITE
        self.ink: Colour = ((24, 20, 26), (90, 50, 30), (40, 40, 90), (110, 40, 60))[int(r.integers(4))]
        self.weight = float(r.uniform(3, 5.5))
        self.whisker = float(r.uniform(1.2, 2.2))
        self.beat = r.uniform(0, 2 * np.pi, 3)
        self.reach = r.uniform(4, 10), r.uniform(0.03, 0.09)
        inks = [c for c in SPARKS if not (on_white and min(c) > 150)]
        count = round(density * r.integers(5, 10))
        self.flyers = [
            Flyer(
                kind=str(r.choice(["sparkle", "dash", "dash", "dot", "heart"])),
                colour=inks[int(r.integers(len(inks)))],
                angle=float(r.uniform(0, 2 * np.pi)),
                far=float(r.uniform(165, 195)),
                size=float(r.uniform(4.5, 10)),
                phase=float(r.uniform()),
            )
            for _ in range(count)
        ]
        self.picture = _emoji(UNSEEN[(seed // 5) % len(UNSEEN)]) if self.name == "emoji" else None
        own: Sequence[Colour] = (self.coat, self.patch, self.ink)
        if self.picture is not None:
            solid = self.picture[self.picture[..., 3] > 0.99][:, :3]
            own = [(int(c[0]), int(c[1]), int(c[2])) for c in np.rint(solid[:: max(1, len(solid) // 50)] * 255)]
        self.colours: list[Colour] = [*own, *(f.colour for f in self.flyers)]

    def draw(self, t: float) -> tuple[FloatImage, FloatImage, FloatImage]:
        """(premultiplied colour, alpha, effect alpha) at phase t in [0, 1)."""
        w = 2 * np.pi * t
        dx = self.reach[0] * np.sin(w + self.beat[0])
        dy = -self.reach[0] * abs(np.sin(w + self.beat[1]))
        turn = self.reach[1] * np.sin(w + self.beat[2])
        spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        sheet = Sheet(self.side)

        def at(p: Points) -> Points:
            return np.asarray((np.asarray(p) @ spin + (dx, dy)) * self.unit + self.side / 2)

        if self.picture is None:
            _Body(self, sheet, at, w).draw()
        for f in self.flyers:
            self._fly(sheet, f, t)
        colour, alpha, effect = sheet.shrink(self.smooth)
        if self.picture is not None:
            h, k = self.picture.shape[:2]
            m = cv2.getRotationMatrix2D((k / 2, h / 2), float(np.degrees(turn)), self.unit)
            m[:, 2] += [self.side / 2 - k / 2 + dx * self.unit, self.side / 2 - h / 2 + dy * self.unit]
            under = cv2.warpAffine(self.picture, m, (self.side, self.side), flags=cv2.INTER_LINEAR)
            colour = colour + under[..., :3] * (1 - alpha[..., None])
            alpha = alpha + under[..., 3] * (1 - alpha)
        return colour, alpha, effect

    def _fly(self, sheet: Sheet, f: Flyer, t: float) -> None:
        p = (t + f.phase) % 1
        u = self.unit
        out = np.array([np.cos(f.angle), np.sin(f.angle)])
        middle = self.side / 2 + (f.far + 28 * p) * u * out * (1.05, 1)
        size = f.size * u * (0.7 + 0.3 * np.sin(np.pi * p))
        if f.kind == "dash":
            sheet.line(np.stack([middle, middle + out * size * 3]), 0.48 * size, f.colour, effect=True)
        elif f.kind == "dot":
            sheet.area(middle + oval(0, 0, 0.6 * size, 0.6 * size), f.colour, effect=True)
        elif f.kind == "heart":
            a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            x = 16 * np.sin(a) ** 3
            y = -(13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a))
            sheet.area(middle + np.stack([x, y], 1) * size / 15, f.colour, effect=True)
        else:
            a = np.arange(8) * np.pi / 4
            d = np.where(np.arange(8) % 2 == 0, 1.5, 0.55) * size
            sheet.area(middle + np.stack([d * np.cos(a), d * np.sin(a)], 1), f.colour, effect=True)


class _Body:
    """Draws one member's body, outlined, part by part."""

    def __init__(self, who: Member, sheet: Sheet, at: Callable[[Points], Points], w: float) -> None:
        self.who, self.sheet, self.at, self.w = who, sheet, at, w

    def draw(self) -> None:
        {"cat": self._cat, "chick": self._chick, "robot": self._robot, "seal": self._seal}[self.who.name]()

    def _part(self, points: Points, colour: Colour) -> None:
        p = self.at(points)
        self.sheet.area(p, colour)
        self.sheet.line(np.concatenate([p, p[:2]]), self.who.weight * self.who.unit, self.who.ink)

    def _limb(self, points: Points, width: float) -> None:
        u, p = self.who.unit, self.at(points)
        self.sheet.line(p, (width + 2 * self.who.weight) * u, self.who.ink)
        self.sheet.line(p, width * u, self.who.coat)

    def _plain(self, points: Points, colour: Colour) -> None:
        self.sheet.area(self.at(points), colour)

    def _stroke(self, points: Points, width: float) -> None:
        self.sheet.line(self.at(points), width * self.who.unit, self.who.ink)

    def _face(self, y: float, apart: float) -> None:
        for s in (-1, 1):
            self._plain(oval(s * apart, y, 9, 12), (30, 26, 32))
            self._plain(oval(s * apart - 3, y - 4, 3, 3), WHITE)
        self._stroke(bend((-12, y + 24), (0, y + 31), (12, y + 24)), 3)

    def _whiskers(self, y: float, x: float, number: int) -> None:
        for s in (-1, 1):
            for k in range(number):
                lift = 14 * (k - (number - 1) / 2) + 3 * np.sin(self.w + k)
                self._stroke(
                    bend((s * x, y + 0.4 * lift), (s * (x + 30), y + 0.7 * lift - 2), (s * (x + 58), y + lift)),
                    self.who.whisker,
                )

    def _cat(self) -> None:
        wave = 10 * np.sin(self.w)
        self._limb(bend((60, 120), (120, 110), (132, 60 + wave), (112, 30 + wave)), 14)
        self._limb(bend((-55, 40), (-112, 62 + wave), (-60, 98)), 14)
        self._part(oval(0, 84, 74, 70, 2.4), self.who.coat)
        self._plain(oval(0, 96, 42, 44), self.who.patch)
        for s in (-1, 1):
            self._part(np.array([[s * 88, -70], [s * 84, -142], [s * 24, -104]]), self.who.coat)
        self._part(oval(0, -45, 98, 72, 2.3), self.who.coat)
        self._face(-52, 38)
        self._whiskers(-24, 56, 2)

    def _chick(self) -> None:
        flap = 12 * np.sin(2 * self.w)
        for k in (-1, 0, 1):
            self._limb(bend((6 * k, -110), (10 * k + 4, -130), (16 * k + flap / 3, -146)), 3)
        for s in (-1, 1):
            self._stroke(bend((s * 26, 120), (s * 28, 150), (s * 44, 156)), 5)
            self._part(oval(s * 112, 30 + flap, 32, 22), self.who.coat)
        self._part(oval(0, 10, 112, 118, 2.2), self.who.coat)
        self._plain(oval(0, 60, 62, 52), self.who.patch)
        self._face(-30, 44)
        self._part(np.array([[-16, -4], [16, -4], [0, 16]]), (255, 150, 40))

    def _robot(self) -> None:
        swing = 14 * np.sin(self.w)
        self._stroke(bend((0, -110), (4, -132), (swing / 2, -150)), 3.5)
        self._part(oval(swing / 2, -156, 10, 10), YELLOW)
        for s in (-1, 1):
            self._limb(bend((s * 70, 40), (s * 118, 62 + s * swing), (s * 92, 108)), 16)
            self._part(oval(s * 34, 142, 24, 14, 4), self.who.patch)
        self._part(oval(0, 76, 76, 62, 5), self.who.coat)
        self._part(oval(0, 82, 42, 30, 5), self.who.patch)
        self._part(oval(0, -52, 104, 62, 5), self.who.coat)
        self._plain(oval(0, -52, 82, 42, 4), WHITE)
        self._face(-58, 40)

    def _seal(self) -> None:
        wag = 9 * np.sin(self.w)
        self._part(oval(118, 112 + wag, 34, 16), self.who.coat)
        self._limb(bend((-62, 70), (-112, 104 + wag)), 22)
        p = np.concatenate([oval(0, -30, 86, 96)[60:], oval(10, 90, 128, 52)[:60]])
        self._part(p, self.who.coat)
        self._plain(oval(-4, 84, 66, 34), self.who.patch)
        self._face(-44, 36)
        self._whiskers(-16, 40, 2)


def _emoji(character: str) -> FloatImage:
    """A premultiplied emoji, 0-1, enlarged to the size of the others."""
    font = ImageFont.truetype(str(EMOJI_FONT), 109)
    picture = Image.new("RGBA", (136, 128))
    ImageDraw.Draw(picture).text((0, 0), character, font=font, embedded_color=True)
    big = picture.convert("RGBa").resize((272, 256), Image.Resampling.LANCZOS)
    rgba = np.asarray(big, np.float32) / 255
    rgba[..., :3] = np.minimum(rgba[..., :3], rgba[..., 3:])
    return np.asarray(rgba, np.float32)
