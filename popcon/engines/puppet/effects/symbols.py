"""Effects that are written signs: question and exclamation marks, Z's, notes, the three dots of thought."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import AMBER, BLUE, CORAL, CRIMSON, ICE, INK, SKY, WHITE, YELLOW
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease_out, lifetime, since, wave
from popcon.media.vector.canvas import Canvas, Colour
from popcon.media.vector.paths import Points, arc, ellipse, joined, placed, points, smooth
from popcon.media.vector.sprites import Sprite

_HOOK = joined([arc((0, -0.44), 0.42, 0.38, 190, 380, 24), smooth([(0.34, -0.22), (0.02, 0.04), (0, 0.22)], False)[1:]])


def _written(canvas: Canvas, strokes: list[tuple[Points, float]], line: float, fill: Colour, shade: Colour) -> None:
    """Strokes in one common outline, lit from the upper left."""
    for path, width in strokes:
        canvas.ribbon(path, width + 2 * line, INK)
    for path, width in strokes:
        canvas.ribbon(path, width, shade)
    for path, width in strokes:
        canvas.ribbon(path - 0.05, width - 0.1, fill)


def _paint_question(canvas: Canvas, line: float) -> None:
    _written(canvas, [(_HOOK, 0.34), (points([(0, 0.78), (0.001, 0.78)]), 0.4)], line, SKY, BLUE)
    canvas.ribbon(arc((0, -0.44), 0.43, 0.39, 215, 258, 10), 0.1, WHITE)


def _paint_exclamation(canvas: Canvas, line: float) -> None:
    bar, width = points([(0, -0.74), (0, 0.24)]), np.array([0.46, 0.26])
    dot = points([(0, 0.75), (0.001, 0.75)])
    canvas.ribbon(bar, width + 2 * line, INK)
    canvas.ribbon(dot, 0.42 + 2 * line, INK)
    canvas.ribbon(bar, width, CRIMSON)
    canvas.ribbon(dot, 0.42, CRIMSON)
    canvas.ribbon(bar - 0.04, width - 0.1, CORAL)
    canvas.ribbon(dot - 0.04, 0.32, CORAL)
    canvas.ribbon([(-0.11, -0.74), (-0.09, -0.44)], 0.1, WHITE)


def _paint_z(canvas: Canvas, line: float) -> None:
    _written(canvas, [(points([(-0.6, -0.62), (0.56, -0.62), (-0.58, 0.62), (0.62, 0.62)]), 0.36)], line, ICE, SKY)


QUESTION = Sprite("question", _paint_question)
EXCLAMATION = Sprite("exclamation", _paint_exclamation)
Z = Sprite("z", _paint_z)


def _question_mark(stage: Stage, t: float) -> None:
    _, top, right, _ = stage.anchors.box
    for start, size, x, y, lean in ((0.9, 0.44, -0.04, 0.08, 10), (0.02, 0.26, 0.12, 0.36, 24)):
        life = since(t, start, 0.94)
        bob = 0.018 * wave(t, 2, start)
        turn = lean + 9 * wave(t, 2, start + 0.2)
        stage.place(QUESTION, stage.near((right, top), x, y + bob), size, lifetime(life, 0.13, 0.08, 2.8), turn)


question_mark = effect(
    "question_mark",
    ("question mark", "question", "puzzled", "问号", "❓", "❔"),
    (INK, SKY, BLUE, WHITE),
    _question_mark,
)


def _exclamation(stage: Stage, t: float) -> None:
    _, top, right, _ = stage.anchors.box
    for start, size, x, y, lean in ((0.9, 0.44, -0.06, 0.06, 8), (0.94, 0.33, 0.1, 0.14, 26)):
        life = since(t, start, 0.92)
        shake = math.exp(-6 * life) * math.sin(2 * math.pi * 9 * life) if life < 1 else 0.0
        stretch = 1 + 0.1 * wave(t, 4, start)
        at = stage.near((right, top), x, y - 0.02 * abs(wave(t, 2, start)))
        stage.place(EXCLAMATION, at, size, lifetime(life, 0.1, 0.09, 3.2), lean + 16 * shake, (2 - stretch, stretch))


exclamation = effect(
    "exclamation",
    ("exclamation", "exclamation mark", "exclamation point", "感叹号", "惊叹号", "❗", "❕"),
    (INK, CORAL, CRIMSON, WHITE),
    _exclamation,
)


def _zzz(stage: Stage, t: float) -> None:
    _, top, right, _ = stage.anchors.box
    face, border = stage.anchors.face, 0.15 * stage.unit
    start = (0.4 * face[0] + 0.6 * right, 0.2 * top + 0.8 * face[1])
    # The path ends inside the frame by itself, so that letters do not pile up at the border.
    end = stage.near((right, top), 0.22, -0.3)
    end = (min(max(end[0], border), stage.side - border), min(max(end[1], border), stage.side - border))
    for i in range(3):
        life = since(t, i / 3 + 0.12, 0.97)
        along = 0.3 * ease_out(life) + 0.7 * life
        sway = 0.025 * math.sin(2 * math.pi * (1.2 * life + 0.5))
        at = stage.near((start[0] + (end[0] - start[0]) * along, start[1] + (end[1] - start[1]) * along), sway, 0)
        turn = 8 + 14 * math.sin(2 * math.pi * (1.2 * life + 0.7))
        stage.place(Z, at, 0.25, lifetime(life, 0.14, 0.12) * (0.4 + 0.6 * along), turn)


zzz = effect("zzz", ("zzz", "zz", "z", "snore", "snoring", "sleeping", "💤", "呼噜"), (INK, ICE, SKY), _zzz, True)


def _note_head(canvas: Canvas, x: float, line: float, fill: Colour, shade: Colour) -> None:
    head = ellipse((x, 0.6), 0.36, 0.27, -20)
    canvas.fill(head, shade)
    canvas.fill(ellipse((x - 0.04, 0.56), 0.32, 0.22, -20), fill)
    canvas.fill(ellipse((x - 0.13, 0.52), 0.1, 0.06, -20), WHITE)


def _paint_note(canvas: Canvas, line: float) -> None:
    stem = points([(0.1, 0.56), (0.1, -0.74)])
    flag = smooth([(0.1, -0.74), (0.3, -0.44), (0.58, -0.3), (0.62, 0.08)], False)
    tail = np.linspace(0.26, 0.1, len(flag))
    canvas.ribbon(stem, 0.2 + 2 * line, INK)
    canvas.ribbon(flag, tail + 2 * line, INK)
    canvas.stroke(ellipse((-0.2, 0.6), 0.36, 0.27, -20), 2 * line, INK)
    canvas.ribbon(stem, 0.2, SKY)
    canvas.ribbon(flag, tail, SKY)
    _note_head(canvas, -0.2, line, SKY, BLUE)


def _paint_notes(canvas: Canvas, line: float) -> None:
    left, right = points([(-0.34, 0.56), (-0.34, -0.6)]), points([(0.72, 0.4), (0.72, -0.76)])
    beam = points([(-0.34, -0.56), (0.72, -0.74)])
    for path, width in ((left, 0.19), (right, 0.19), (beam, 0.34)):
        canvas.ribbon(path, width + 2 * line, INK)
    canvas.stroke(ellipse((-0.58, 0.6), 0.36, 0.27, -20), 2 * line, INK)
    canvas.stroke(placed(ellipse((-0.58, 0.6), 0.36, 0.27, -20), (1.06, -0.17)), 2 * line, INK)
    for path, width in ((left, 0.19), (right, 0.19), (beam, 0.34)):
        canvas.ribbon(path, width, YELLOW)
    for dx, dy in ((0.0, 0.0), (1.06, -0.17)):
        canvas.fill(ellipse((-0.58 + dx, 0.6 + dy), 0.36, 0.27, -20), AMBER)
        canvas.fill(ellipse((-0.62 + dx, 0.56 + dy), 0.32, 0.22, -20), YELLOW)
        canvas.fill(ellipse((-0.71 + dx, 0.52 + dy), 0.1, 0.06, -20), WHITE)


NOTE = Sprite("note", _paint_note)
NOTES = Sprite("notes", _paint_notes)


def _notes(stage: Stage, t: float) -> None:
    for i, (sprite, x, size) in enumerate(
        ((NOTE, 0.02, 0.28), (NOTES, 0.05, 0.27), (NOTES, 0.06, 0.25), (NOTE, 0.04, 0.26))
    ):
        hand = (i + 1) % 2
        life = since(t, i / 4, 0.9)
        along = 0.4 * ease_out(life) + 0.6 * life
        sway = 0.06 * math.sin(2 * math.pi * (1.25 * life + 0.1))
        at = stage.beside(hand, x + 0.05 * along + sway, -0.02 - 0.42 * along)
        turn = (1 if hand else -1) * 6 + 15 * math.sin(2 * math.pi * (1.25 * life + 0.35))
        bounce = 1 + 0.07 * wave(t, 4, i / 4)
        stage.place(sprite, at, size, lifetime(life, 0.16, 0.16), turn, (2 - bounce, bounce))


notes = effect(
    "notes",
    ("note", "music", "musical note", "music note", "song", "音符", "♪", "♫", "🎵", "🎶"),
    (INK, SKY, BLUE, YELLOW, AMBER, WHITE),
    _notes,
    clear_of_face=True,
)


_CLOUD = smooth(
    [
        (-0.78, 0.18),
        (-0.92, -0.12),
        (-0.68, -0.4),
        (-0.4, -0.42),
        (-0.16, -0.62),
        (0.22, -0.6),
        (0.4, -0.44),
        (0.74, -0.38),
        (0.94, -0.06),
        (0.78, 0.22),
        (0.5, 0.34),
        (0.22, 0.5),
        (-0.1, 0.42),
        (-0.44, 0.44),
    ]
)


def _paint_thought(canvas: Canvas, line: float) -> None:
    canvas.outlined(_CLOUD, ICE, line, INK)
    canvas.fill(placed(_CLOUD, (-0.03, -0.06), 0.97), WHITE, clip=_CLOUD)


def _paint_puff(canvas: Canvas, line: float) -> None:
    canvas.outlined(ellipse((0, 0), 0.8, 0.72), WHITE, line, INK)


def _paint_dot(canvas: Canvas, line: float) -> None:
    canvas.fill(ellipse((0, 0), 0.9), INK)


THOUGHT = Sprite("thought", _paint_thought)
PUFF = Sprite("thought-puff", _paint_puff)
DOT = Sprite("dot", _paint_dot)


def _dots(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    head = stage.near((right - 0.2 * (right - left), top), 0.0, 0.08)
    size, half = 0.46, 0.24 * stage.unit
    bob = 0.014 * wave(t, 1)
    # The bubble is kept whole here, rather than by the stage, so that its dots stay in it.
    x = min(max(head[0] + 0.16 * stage.unit, half + 8), stage.side - half - 8)
    y = min(max(head[1] + (bob - 0.06) * stage.unit, 0.7 * half + 8), stage.side - 0.6 * half - 8)
    for share, small in ((0.12, 0.08), (0.46, 0.11)):
        at = (
            (1 - share) * (head[0] - 0.06 * stage.unit) + share * x,
            (1 - share) * (y + 0.3 * stage.unit) + share * (y + 0.1 * stage.unit),
        )
        stage.place(PUFF, at, small, 1 + 0.06 * wave(t, 2, share))
    stage.place(THOUGHT, (x, y), size, 1 + 0.02 * wave(t, 2, 0.3))
    for i in range(3):
        hop = since(t, 0.1 * i, 0.34)
        lift = 0.055 * max(math.sin(math.pi * min(hop, 1.0)), 0.0)
        at = (x + (i - 1) * 0.105 * stage.unit, y - lift * stage.unit)
        stage.place(DOT, at, 0.075, 1 + 0.2 * lift / 0.055)


dots = effect(
    "dots",
    ("dot", "three dots", "ellipsis", "thought bubble", "thinking", "省略号", "💭", "…"),
    (INK, WHITE, ICE),
    _dots,
)
