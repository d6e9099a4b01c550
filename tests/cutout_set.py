"""Synthetic clips with true alpha: own vector characters and emoji pictures, moving, on flat backdrops, through H.264.

Everything is drawn by a seed, so a set can be held out by never looking at its seeds. Characters have outlines (or
none), thin whiskers, white and yellow areas, an arm that leaves a hole; sparks, drops and motion lines of a few
pixels fly around them.
"""

import colorsys
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Kind = Literal["green", "magenta", "saturated", "white"]
KINDS: tuple[Kind, ...] = ("green", "magenta", "saturated", "white")
EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
EMOJI = "🐱🐼🦊🐵🐧🦉🐸🦁🐰🐙🦄🐝👻🤖🎃🧸🍓🌵🦋🕷🐞🌻🍋🦀"
GRAIN = 4  # sub-pixels along each side of a pixel

FloatImage = NDArray[np.float32]
Colour = tuple[int, int, int]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class TrueClip:
    """A clip as a cutout tool gets it, and the truth about it.

    Attributes:
        name: seed, art and backdrop in words.
        kind: the sort of backdrop.
        backdrop: its true colour, sRGB.
        frames: (n, h, w, 3) uint8, after the codec.
        alpha: (n, h, w) float32, 0-1.
        premultiplied: (n, h, w, 3) float32, 0-1: true colour times true alpha.
        effect: (n, h, w) float32: the part of alpha that effects give.
    """

    name: str
    kind: Kind
    backdrop: Colour
    frames: NDArray[np.uint8]
    alpha: FloatImage
    premultiplied: FloatImage
    effect: FloatImage


@dataclass
class Canvas:
    """Opaque shapes on a grid of GRAIN² sub-pixels a pixel; coverage gives exact alpha."""

    side: int
    colour: NDArray[np.uint8] = field(init=False)
    body: NDArray[np.uint8] = field(init=False)
    effect: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        n = self.side * GRAIN
        self.colour = np.zeros((n, n, 3), np.uint8)
        self.body = np.zeros((n, n), np.uint8)
        self.effect = np.zeros((n, n), np.uint8)

    def _points(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        return np.round(points * GRAIN * 16).astype(np.int32)

    def fill(self, points: NDArray[np.float64], colour: Colour, effect: bool = False) -> None:
        p = [self._points(points)]
        cv2.fillPoly(self.colour, p, colour, cv2.LINE_8, 4)
        cv2.fillPoly(self.body, p, 0 if effect else 255, cv2.LINE_8, 4)
        cv2.fillPoly(self.effect, p, 255 if effect else 0, cv2.LINE_8, 4)

    def stroke(
        self, points: NDArray[np.float64], width: float, colour: Colour, closed: bool = False, effect: bool = False
    ) -> None:
        p = [self._points(points)]
        w = max(1, round(width * GRAIN))
        cv2.polylines(self.colour, p, closed, colour, w, cv2.LINE_8, 4)
        cv2.polylines(self.body, p, closed, 0 if effect else 255, w, cv2.LINE_8, 4)
        cv2.polylines(self.effect, p, closed, 255 if effect else 0, w, cv2.LINE_8, 4)

    def shrink(self) -> tuple[FloatImage, FloatImage, FloatImage]:
        """(premultiplied colour, alpha, effect alpha) at pixel size, 0-1."""
        size = (self.side, self.side)

        def small(image: NDArray[np.uint8]) -> FloatImage:
            return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA) / np.float32(255), np.float32)

        body, effect = small(self.body), small(self.effect)
        return small(self.colour), np.minimum(body + effect, 1), effect


def ellipse(
    cx: float, cy: float, rx: float, ry: float, wobble: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    r = np.ones_like(t)
    if wobble is not None:
        for k, (a, b) in enumerate(wobble, start=2):
            r += a * np.cos(k * t) + b * np.sin(k * t)
    return np.stack([cx + rx * r * np.cos(t), cy + ry * r * np.sin(t)], 1)


def curve(points: NDArray[np.float64], n: int = 40) -> NDArray[np.float64]:
    """A quadratic Bézier through three control points."""
    t = np.linspace(0, 1, n)[:, None]
    return np.asarray((1 - t) ** 2 * points[0] + 2 * t * (1 - t) * points[1] + t**2 * points[2])


def star(cx: float, cy: float, r: float, turn: float, arms: int, waist: float) -> NDArray[np.float64]:
    t = turn + np.arange(2 * arms) * np.pi / arms
    d = np.where(np.arange(2 * arms) % 2 == 0, r, r * waist)
    return np.stack([cx + d * np.cos(t), cy + d * np.sin(t)], 1)


def drop(cx: float, cy: float, r: float, turn: float) -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x, y = r * np.sin(t) * np.sin(t / 2) ** 1.5, -r * np.cos(t)
    return np.stack([cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], 1)


def hsv(h: float, s: float, v: float) -> Colour:
    r, g, b = colorsys.hsv_to_rgb(h % 1, s, v)
    return round(r * 255), round(g * 255), round(b * 255)


EFFECT_COLOURS: tuple[Colour, ...] = (
    (255, 220, 40), (255, 255, 255), (255, 90, 70), (120, 200, 255), (40, 40, 50), (255, 170, 60), (250, 250, 200),
    (255, 120, 170), (90, 90, 100),
)  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """A small thing that flies away from the character; lengths in pixels of a frame of 480."""

    shape: str
    colour: Colour
    angle: float
    start: float
    travel: float
    size: float
    width: float
    length: float
    phase: float
    arms: int


class Drawing(Protocol):
    """Something that moves in a loop."""

    name: str
    colours: list[Colour]

    def draw(self, t: float) -> tuple[FloatImage, FloatImage, FloatImage]:
        """(premultiplied colour, alpha, effect alpha) at phase t in [0, 1)."""
        ...


class Art:
    """One character with its effects, dense in whiskers, sparks and lines. `draw(t)` is a pure function of the loop's
    phase; `density` scales the number of effects."""

    def __init__(self, seed: int, side: int, on_white: bool, density: float = 1.0) -> None:
        r = np.random.default_rng(seed)
        self.side, self.seed = side, seed
        self.unit = side / 480
        hue = r.uniform()
        light = r.uniform()
        self.skin: Colour = (
            (250, 250, 248)
            if light < 0.25
            else (255, 214, 50)
            if light < 0.45
            else hsv(hue, r.uniform(0.1, 0.8), r.uniform(0.35, 1))
        )
        self.second: Colour = (
            (255, 255, 255) if r.uniform() < 0.6 else hsv(r.uniform(), r.uniform(0.1, 0.9), r.uniform(0.5, 1))
        )
        dark = r.uniform()
        shade = hsv(hue + r.uniform(-0.05, 0.05), r.uniform(0.2, 0.7), r.uniform(0.15, 0.45))
        outline: Colour = (20, 18, 22) if dark < 0.3 else shade
        self.outline = outline
        self.line = r.uniform(1.8, 5.0) * self.unit if (on_white or r.uniform() < 0.85) else 0.0
        self.wobble = r.normal(0, 0.02, (4, 2))
        self.body = r.uniform(70, 110), r.uniform(80, 120)
        self.head = r.uniform(60, 95), r.uniform(55, 85)
        self.ears = int(r.integers(0, 3))
        self.whiskers = float(r.uniform(0.9, 2.4)) if r.uniform() < 0.75 else 0.0
        self.whisker_colour: Colour = self.outline if r.uniform() < 0.6 or on_white else (255, 255, 255)
        self.tail = r.uniform() < 0.7
        self.hole = r.uniform() < 0.7
        self.phase = r.uniform(0, 2 * np.pi, 4)
        self.swing = r.uniform(2, 14, 2), r.uniform(0.02, 0.1), r.uniform(0, 0.05)
        self.effects = [self._effect(r, on_white) for _ in range(round(density * r.integers(8, 22)))]
        self.glyph = self._emoji(r) if (seed % 4 == 3) else None
        self.name = "vector" if self.glyph is None else "emoji"
        self.colours: list[Colour] = [
            self.skin,
            self.second,
            *([self.outline] if self.line else []),
            *[e.colour for e in self.effects],
        ]
        if self.glyph is not None:
            solid = self.glyph[self.glyph[..., 3] > 0.99][:, :3]
            some = np.rint(solid[:: max(1, len(solid) // 60)] * 255).astype(int)
            self.colours = [*((int(c[0]), int(c[1]), int(c[2])) for c in some), *[e.colour for e in self.effects]]

    def _effect(self, r: np.random.Generator, on_white: bool) -> "Effect":
        choices = [c for c in EFFECT_COLOURS if not (on_white and min(c) > 150)]
        return Effect(
            shape=str(r.choice(["star", "dot", "line", "drop", "line"])),
            colour=choices[int(r.integers(len(choices)))],
            angle=float(r.uniform(0, 2 * np.pi)),
            start=float(r.uniform(150, 190)),
            travel=float(r.uniform(0, 40)),
            size=float(r.uniform(3.0, 8.0)),
            width=float(r.uniform(1.5, 3.5)),
            length=float(r.uniform(6, 24)),
            phase=float(r.uniform()),
            arms=int(r.integers(4, 6)),
        )

    def _emoji(self, r: np.random.Generator) -> FloatImage:
        """A premultiplied emoji picture, 0-1, enlarged as people enlarge them."""
        font = ImageFont.truetype(str(EMOJI_FONT), 109)
        picture = Image.new("RGBA", (136, 128))
        ImageDraw.Draw(picture).text((0, 0), EMOJI[int(r.integers(len(EMOJI)))], font=font, embedded_color=True)
        rgba = np.asarray(picture).astype(np.float32) / 255
        rgba[..., :3] *= rgba[..., 3:]
        scale = float(r.uniform(1.0, 2.2))
        big = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        big = np.clip(big, 0, 1)
        return np.minimum(big, np.dstack([big[..., 3]] * 3 + [np.ones_like(big[..., 3])])).astype(np.float32)

    def draw(self, t: float) -> tuple[FloatImage, FloatImage, FloatImage]:
        """(premultiplied colour, alpha, effect alpha) at phase t in [0, 1)."""
        w = 2 * np.pi * t
        sway = self.swing[0][0] * np.sin(w + self.phase[0])
        hop = self.swing[0][1] * np.sin(2 * w + self.phase[1])
        turn = self.swing[1] * np.sin(w + self.phase[2])
        squash = 1 + self.swing[2] * np.sin(2 * w + self.phase[3])
        c = Canvas(self.side)
        u, mid = self.unit, self.side / 2

        def place(p: NDArray[np.float64]) -> NDArray[np.float64]:
            q = np.asarray(p, np.float64) * [1 / squash, squash]
            x = q[:, 0] * np.cos(turn) - q[:, 1] * np.sin(turn) + sway
            y = q[:, 0] * np.sin(turn) + q[:, 1] * np.cos(turn) + hop
            return np.stack([x, y], 1) * u + mid

        if self.glyph is None:
            self._character(c, place, w)
        for e in self.effects:
            self._draw_effect(c, e, t)
        colour, alpha, effect = c.shrink()
        if self.glyph is not None:
            under = self._place_glyph(sway * u, hop * u, turn)
            colour = colour + under[..., :3] * (1 - alpha[..., None])
            alpha = alpha + under[..., 3] * (1 - alpha)
        return colour, alpha, effect

    def _place_glyph(self, dx: float, dy: float, turn: float) -> FloatImage:
        assert self.glyph is not None
        h, w = self.glyph.shape[:2]
        m = cv2.getRotationMatrix2D((w / 2, h / 2), np.degrees(turn), 1.0)
        m[:, 2] += [self.side / 2 - w / 2 + dx, self.side / 2 - h / 2 + dy]
        placed = cv2.warpAffine(self.glyph, m, (self.side, self.side), flags=cv2.INTER_LINEAR)
        return np.asarray(placed, np.float32)

    def _character(self, c: Canvas, place: Callable[[Points], Points], w: float) -> None:
        line = self.line

        def shape(p: NDArray[np.float64], colour: Colour) -> None:
            q = place(p)
            c.fill(q, colour)
            if line:
                c.stroke(q, line, self.outline, closed=True)

        bx, by = self.body
        hx, hy = self.head
        if self.tail:
            p = curve(np.array([[bx * 0.7, 80], [bx + 60, 100], [bx + 50 + 10 * np.sin(w), 20]]))
            c.stroke(place(p), 12 * self.unit + 2 * line, self.outline if line else self.skin)
            c.stroke(place(p), 12 * self.unit, self.skin)
        if self.hole:
            swing = 8 * np.sin(w)
            p = curve(np.array([[-bx * 0.8, 0], [-bx - 70, 30 + swing], [-bx * 0.75, 70]]))
            c.stroke(place(p), 14 * self.unit + 2 * line, self.outline if line else self.skin)
            c.stroke(place(p), 14 * self.unit, self.skin)
        shape(ellipse(0, 60, bx, by * 0.85, self.wobble), self.skin)
        c.fill(place(ellipse(0, 75, bx * 0.55, by * 0.5)), self.second)
        for s in (-1, 1):
            if self.ears == 1:
                shape(
                    np.array([[s * hx * 0.85, -70], [s * hx * 0.8, -70 - hy * 1.25], [s * hx * 0.2, -70 - hy * 0.6]]),
                    self.skin,
                )
            elif self.ears == 2:
                shape(ellipse(s * hx * 0.75, -70 - hy * 0.8, 22, 24), self.skin)
            shape(ellipse(s * bx * 0.5, 60 + by * 0.8, 26, 14), self.skin)
        shape(ellipse(0, -70, hx, hy, self.wobble[::-1]), self.skin)
        for s in (-1, 1):
            c.fill(place(ellipse(s * hx * 0.4, -80, 10, 13)), (255, 255, 255))
            c.fill(place(ellipse(s * hx * 0.4, -78, 6, 9)), (25, 22, 30))
            if self.whiskers:
                for k in (-1, 0, 1):
                    a = np.array([s * hx * 0.55, -50 + 5 * k])
                    b = np.array([s * (hx + 42), -52 + 16 * k + 4 * np.sin(w + k)])
                    c.stroke(
                        place(curve(np.stack([a, (a + b) / 2 + [0, -4], b]))),
                        self.whiskers * self.unit,
                        self.whisker_colour,
                    )
        c.stroke(place(curve(np.array([[-14, -46], [0, -34], [14, -46]]))), 3 * self.unit, (60, 30, 30))

    def _draw_effect(self, c: Canvas, e: "Effect", t: float) -> None:
        p = (t + e.phase) % 1
        u, a = self.unit, e.angle
        d = (e.start + e.travel * p) * u
        x, y = self.side / 2 + d * np.cos(a) * 1.1, self.side / 2 + d * np.sin(a) * 1.1
        grow = 0.6 + 0.4 * np.sin(np.pi * p)
        size, width = e.size * grow * u, e.width * u
        if e.shape == "star":
            c.fill(star(x, y, size * 1.4, a, e.arms, 0.4), e.colour, effect=True)
        elif e.shape == "dot":
            c.fill(ellipse(x, y, size * 0.7, size * 0.7), e.colour, effect=True)
        elif e.shape == "drop":
            c.fill(drop(x, y, size * 1.2, a + np.pi / 2), e.colour, effect=True)
        else:
            n = e.length * grow * u
            c.stroke(np.array([[x, y], [x + n * np.cos(a), y + n * np.sin(a)]]), width, e.colour, effect=True)


def pick_backdrop(kind: Kind, r: np.random.Generator, colours: list[Colour], choices: int = 12) -> Colour:
    """A backdrop of this kind; of several drawn, the one farthest from the art's colours, as the product picks it."""
    if kind == "white":
        v = int(r.integers(249, 256))
        return v, v, v
    options: list[Colour] = []
    for _ in range(choices):
        if kind == "green":
            options.append((int(r.integers(0, 80)), int(r.integers(175, 256)), int(r.integers(0, 110))))
        elif kind == "magenta":
            options.append((int(r.integers(190, 256)), int(r.integers(0, 80)), int(r.integers(170, 256))))
        else:
            options.append(hsv(r.uniform(), r.uniform(0.6, 1), r.uniform(0.55, 1)))
    palette = np.array(colours, np.float64)
    gaps = [float(np.linalg.norm(palette - o, axis=1).min()) for o in options]
    return options[int(np.argmax(gaps))]


def through_codec(frames: NDArray[np.uint8], crf: int, preset: str = "medium", fps: int = 24) -> NDArray[np.uint8]:
    """What (n, h, w, 3) frames look like after H.264 4:2:0, decoded as libraries decode by default."""
    n, h, w, _ = frames.shape
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as box:
        stream = box.add_stream("libx264", rate=fps, options={"crf": str(crf), "preset": preset, "threads": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = w, h, "yuv420p"
        for f in frames:
            box.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(f), format="rgb24")))
        box.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer, "r") as clip:
        decoded = [f.to_ndarray(format="rgb24") for f in clip.decode(video=0)]
    assert len(decoded) == n
    return np.stack(decoded)


def make_clip(seed: int, kind: Kind, side: int = 480, count: int = 24, art: Drawing | None = None) -> TrueClip:
    """Draw a clip, put it on a noisy backdrop and send it through the codec. The same seed gives the same clip.

    Arguments:
        art: what is drawn; None: the seed's `Art`.
    """
    art = art or Art(seed, side, kind == "white")
    r = np.random.default_rng([seed, KINDS.index(kind), 77])
    backdrop = pick_backdrop(kind, r, art.colours)
    crf, noise, drift = int(r.integers(18, 24)), float(r.uniform(0.3, 1.5)), r.normal(0, 1.0, (2, 3))
    grid = (np.mgrid[:side, :side] / side - 0.5)[..., None]
    frames, alphas, colours, effects = [], [], [], []
    for i in range(count):
        colour, alpha, effect = art.draw(i / count)
        behind = np.array(backdrop) + grid[0] * drift[0] + grid[1] * drift[1] + r.normal(0, noise, (side, side, 3))
        if kind == "white" and seed % 2:
            behind -= _shadow(side)[..., None]
        frames.append(np.clip(np.round(colour * 255 + behind * (1 - alpha[..., None])), 0, 255).astype(np.uint8))
        alphas.append(alpha)
        colours.append(colour)
        effects.append(effect)
    name = f"{seed} {art.name} on {kind} #{bytes(backdrop).hex()} crf {crf}"
    return TrueClip(
        name,
        kind,
        backdrop,
        through_codec(np.stack(frames), crf),
        np.stack(alphas),
        np.stack(colours),
        np.stack(effects),
    )


def _shadow(side: int) -> FloatImage:
    """A pale ground shadow, in levels to take off the backdrop."""
    y, x = np.mgrid[:side, :side] / side
    return np.asarray(14 * np.exp(-(((x - 0.5) / 0.22) ** 2 + ((y - 0.83) / 0.03) ** 2)), np.float32)


def clips(seeds: list[int], kinds: tuple[Kind, ...] = KINDS, side: int = 480, count: int = 24) -> Iterator[TrueClip]:
    """One clip at a time, for memory's sake."""
    for seed in seeds:
        yield make_clip(seed, kinds[seed % len(kinds)] if len(kinds) > 1 else kinds[0], side, count)
