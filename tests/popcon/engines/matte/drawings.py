"""A small clip with true alpha for tests: outlined character, whiskers, an arm that leaves a hole, flying sparks."""

import io
from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
GRAIN = 4


@dataclass(frozen=True)
class Drawn:
    """frames (n, h, w, 3) uint8 after H.264; alpha and effect (n, h, w) and premultiplied (n, h, w, 3) in 0-1."""

    frames: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    premultiplied: NDArray[np.float32]
    effect: NDArray[np.float32]


def draw(
    backdrop: Colour = (20, 220, 60),
    *,
    count: int = 6,
    width: int = 240,
    height: int = 240,
    skin: Colour = (255, 214, 60),
    outline: Colour = (70, 40, 30),
    sparks: bool = True,
    open_outline: bool = False,
    still: bool = False,
    crf: int | None = 20,
    shift: tuple[float, float] = (0, 0),
    noise: float = 0.8,
) -> Drawn:
    """A round character, drawn at four times the size. `shift` moves it, in shares of the frame; crf None: no codec."""
    r = np.random.default_rng(5)
    frames, alphas, colours, effects = [], [], [], []
    for i in range(count):
        sway = 0 if still else 6 * np.sin(2 * np.pi * i / max(count, 6))
        colour = np.zeros((height * GRAIN, width * GRAIN, 3), np.uint8)
        body, effect = np.zeros(colour.shape[:2], np.uint8), np.zeros(colour.shape[:2], np.uint8)
        s = min(width, height) * GRAIN / 240

        def at(x: float, y: float, sway: float = sway, s: float = s) -> tuple[int, int]:
            return (
                round((width * GRAIN - 240 * s) / 2 + (x + sway) * s + shift[0] * width * GRAIN),
                round((height * GRAIN - 240 * s) / 2 + y * s + shift[1] * height * GRAIN),
            )

        def size(v: float, s: float = s) -> int:
            return max(1, round(v * s))

        def arc(end: float, fill: Colour, w: int, colour=colour, body=body, at=at, size=size) -> None:  # type: ignore[no-untyped-def]
            for canvas, value in ((colour, fill), (body, 255)):
                cv2.ellipse(canvas, at(120, 130), (size(55), size(60)), 0, 0, end, value, w)

        # The arm: a loop that leaves a hole beside the body.
        for w, value in ((size(18), outline), (size(12), skin)):
            cv2.ellipse(colour, at(62, 130), (size(26), size(30)), 0, 0, 360, value, w)
            cv2.ellipse(body, at(62, 130), (size(26), size(30)), 0, 0, 360, 255, w)
        if open_outline:
            arc(310, outline, size(4))
        else:
            arc(360, skin, -1)
            arc(360, outline, size(4))
            cv2.ellipse(colour, at(125, 150), (size(25), size(28)), 0, 0, 360, (255, 255, 255), -1)
        for x in (100, 140):
            cv2.circle(colour, at(x, 105), size(6), (30, 25, 30), -1)
            cv2.circle(body, at(x, 105), size(6), 255, -1)
        for k in (-1, 0, 1):
            for canvas, value in ((colour, outline), (body, 255)):
                cv2.line(canvas, at(150, 120 + 4 * k), at(205, 118 + 12 * k), value, size(1.8))
        if sparks:
            for k in range(6):
                turn = k + 0.35
                far = 92 + (0 if still else 2.5 * i)
                x, y = 120 - sway + far * np.cos(turn), 122 + far * np.sin(turn)
                tint = ((255, 240, 90), (255, 255, 255), (250, 80, 80))[k % 3]
                if max(abs(a - b) for a, b in zip(tint, backdrop, strict=True)) < 60:
                    tint = (250, 80, 80)
                tail = (x + 9 * np.cos(turn), y + 9 * np.sin(turn))
                for canvas, value in ((colour, tint), (effect, 255)):
                    if k % 2:
                        cv2.circle(canvas, at(x, y), size(2.2), value, -1)
                    else:
                        cv2.line(canvas, at(x, y), at(*tail), value, size(2.4))
        small = (width, height)
        rgb = cv2.resize(colour, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        sparkle = cv2.resize(effect, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        alpha = cv2.resize(np.maximum(body, effect), small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        behind = np.array(backdrop) + r.normal(0, noise, (height, width, 3))
        frames.append(np.clip(np.round(rgb * 255 + behind * (1 - alpha[..., None])), 0, 255).astype(np.uint8))
        alphas.append(alpha)
        colours.append(rgb)
        effects.append(sparkle)
    clip = np.stack(frames)
    return Drawn(clip if crf is None else encode(clip, crf), np.stack(alphas), np.stack(colours), np.stack(effects))


def encode(frames: NDArray[np.uint8], crf: int) -> NDArray[np.uint8]:
    """Through H.264 4:2:0 and back; even sides only."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as box:
        stream = box.add_stream("libx264", rate=24, options={"crf": str(crf), "threads": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            box.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        box.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as box:
        return np.stack([f.to_ndarray(format="rgb24") for f in box.decode(video=0)])
