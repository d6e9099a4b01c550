"""Choreographies that show a feeling or a state of mind."""

import numpy as np

from popcon.engines.puppet.choreography.base import Choreography, blink, both, frame, gesture, pulses
from popcon.engines.puppet.easing import hold, over, slow_out, snap, swift
from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.tracks import jitter, keys, later, phase, sprung, wave


def laugh() -> Choreography:
    """Throws the head back and shakes with it, in two gales that swell and ebb; gasps for breath between them."""
    gale = keys((0.0, 0.55), (0.18, 1.0), (0.42, 0.9), (0.54, 0.35), (0.68, 1.0), (0.9, 0.7))
    ha = np.cos(phase() * np.pi * 2 * 8)
    gasp = keys((0.46, 0.0), (0.52, 1.0, snap), (0.57, 1.0), (0.63, 0.0, snap))
    score = (
        Score.of(stretch=gale * (0.055 * ha) - 0.01, nod=-0.3 * gale + 0.14 * gale * later(ha, 0.03))
        + Score.of(bend=0.13 * keys((0.0, 1), (0.42, 0.8), (0.56, -1.0), (0.9, -0.8)), tilt=sprung(0.07 * ha * gale, 6))
        + Score.of(belly=0.05 * gale * later(ha, 0.06), y=0.012 * gale * np.clip(ha, 0, 1), mouth=0.75 + 0.25 * ha)
        + both("eye", 1 - gasp)
        + gesture(0.86, 0.5 + 0.03 * ha, -0.1)
        + Score.of(frown=-0.8, joy=1.0)
    )
    return Choreography(score, ("tears", "motion_lines"), first=frame(0.25), held=False)


def cry() -> Choreography:
    """Sunk into itself; three sobs heave it up in jerks and let it drop; it looks up before it starts again."""
    sob = keys(
        (0.0, 0.0), (0.1, 0.45, snap), (0.17, 0.35), (0.25, 0.8, snap), (0.32, 0.7), (0.4, 1.0, snap), (0.62, 0.0)
    )
    shake = jitter(3) * keys((0.4, 0.0), (0.5, 1.0), (0.68, 1.0), (0.85, 0.2))
    rub = wave(4)
    score = (
        Score.of(stretch=-0.1 + 0.09 * sob, nod=0.42 - 0.3 * sob, bend=0.06 * shake * 0.4, pitch=0.2 - 0.12 * sob)
        + Score.of(tilt=0.05 * wave(1) + 0.035 * shake, belly=0.05 * sob, mouth=0.25 + 0.45 * sob)
        + Score.of(brow=-0.8, frown=1.0)
        + both("eye", keys((0.0, 1.0), (0.56, 1.0), (0.66, 0.6), (0.84, 0.5), (0.94, 1.0, snap)))
        + gesture(0.42 + 0.05 * rub, 0.84, -0.75 + 0.12 * rub)
    )
    return Choreography(score, ("tears",), first=frame(0.4), grip="fist")


def angry() -> Choreography:
    """Swells with pressure, trembling harder and harder, and stamps."""
    pressure = keys((0.0, 0.15), (0.45, 1.0), (0.56, 1.1), (0.62, -0.5, snap), (0.72, 0.25), (0.85, 0.1))
    shake = jitter(11) * keys((0.0, 0.25), (0.5, 1.0), (0.58, 1.0), (0.62, 0.1), (0.75, 0.2))
    stamp = keys((0.44, 0.0), (0.54, 1.0), (0.59, 0.0, hold), (0.65, 0.0))
    score = (
        Score.of(stretch=sprung(0.1 * pressure, 4, 0.3), head=0.08 * np.clip(pressure, 0, 2), belly=0.07 * pressure)
        + Score.of(
            lean=0.05 * shake, tilt=0.07 * later(shake, 0.02), nod=0.34 - 0.12 * pressure, step_right=0.09 * stamp
        )
        + both("eye", keys((0.0, 0.1), (0.4, 0.2), (0.5, 0.16), (0.58, 0.2), (0.62, 0.9, snap), (0.7, 0.8), (0.8, 0.1)))
        + Score.of(brow=0.8 + 0.2 * pressure, frown=0.55)
        + Score.of(teeth=keys((0.0, 0.0), (0.16, 0.0), (0.3, 0.9, over), (0.66, 1.0), (0.74, 0.0)))
        + Score.of(red=0.45 + 0.5 * np.clip(pressure, 0, 1))
        + gesture(1.08 + 0.03 * shake, 0.5 + 0.12 * pressure, -0.25 + 0.12 * shake)
    )
    return Choreography(score, ("anger_mark", "steam"), first=frame(0.46), grip="fist", held=False)


def love() -> Choreography:
    """The whole body beats like a heart, lub-dub, and melts from side to side."""
    beat = keys((0.0, 0.0), (0.1, 1.0, slow_out), (0.22, -0.1), (0.32, 0.7, slow_out), (0.55, 0.0), beats=2)
    sway = keys((0.0, -1.0), (0.12, -1.0), (0.5, 1.0, swift), (0.62, 1.0), (0.99, -1.0, swift))
    score = (
        Score.of(head=0.07 * beat, belly=0.1 * beat, stretch=0.05 * beat, zoom=0.02 * beat)
        + Score.of(bend=0.13 * sway, tilt=sprung(0.2 * sway, 2.4, 0.45), jelly=0.03 * later(sway, 0.1))
        + gesture(0.2, 0.56 + 0.02 * beat, -0.35)
        + Score.of(hearts=0.95 + 0.22 * beat, mouth=0.35 + 0.2 * np.clip(beat, 0, 1), frown=-0.9)
    )
    return Choreography(score, ("hearts", "blush"), first=frame(0.06), held=False)


def wink() -> Choreography:
    """Dips, then pops the head over to one side with one eye shut, and holds it there."""
    pop = keys((0.0, 0.0), (0.2, -0.22), (0.31, 1.0, over), (0.7, 1.0), (0.84, 0.0, swift))
    score = (
        Score.of(tilt=sprung(0.27 * pop, 5, 0.45), bend=0.08 * pop, lean=0.06 * pop, twist=-0.28 * pop)
        + Score.of(stretch=sprung(0.075 * pop, 4.2, 0.28), mouth=0.35 * np.clip(pop, 0, 1))
        + Score.of(eye_right=keys((0.24, 0.0), (0.3, 1.0, snap), (0.7, 1.0), (0.76, 0.0, snap)))
        + Score.of(eye_left=-0.25 * np.clip(pop, 0, 1) + blink(0.05, 0.06), joy=np.clip(pop, 0, 1), frown=-0.7)
        + gesture(1.12, 0.5 + 0.28 * np.clip(pop, -0.2, 1.1), 0.5 - 0.35 * pop, sides="r")
    )
    return Choreography(score, ("sparkle",), first=frame(0.45), grip="thumb")


def surprised() -> Choreography:
    """A flinch down, then up on its toes with everything wide open, quivering, slowly coming down."""
    up = keys((0.0, 0.0), (0.1, -0.9), (0.15, -0.95), (0.21, 1.25, snap), (0.28, 0.92), (0.7, 0.85), (0.88, 0.0, swift))
    quiver = jitter(17) * keys((0.2, 0.0), (0.24, 1.0), (0.66, 0.3), (0.8, 0.0))
    leap = np.clip(1 - ((phase() - 0.235) / 0.045) ** 2, 0, 1) * 0.09
    open_up = np.clip(up, 0, 1.1)
    score = (
        Score.of(stretch=0.15 * up, y=leap, lean=0.03 * quiver, nod=-0.25 * open_up + 0.2 * np.clip(-up, 0, 1))
        + both("eye", np.where(up > 0.15, -1.0 * open_up, np.clip(-up, 0, 1)))
        + Score.of(mouth=1.0 * open_up, head=0.04 * open_up, tilt=0.03 * quiver)
        + gesture(0.95 + 0.2 * open_up, 0.6 + 0.2 * open_up, 0.35 * open_up + 0.08 * quiver)
    )
    return Choreography(score, ("exclamation", "shock_lines"), first=frame(0.3), held=False)


def thinking() -> Choreography:
    """Leans the head over, taps a hand at the chin, then tries the other side."""
    side = keys((0.0, 1.0), (0.38, 1.0), (0.5, -0.75, over), (0.84, -0.75), (0.97, 1.0, over))
    tap = keys((0.06, 0.0), (0.1, 1.0), (0.14, 0.0), (0.18, 1.0), (0.22, 0.0), (0.58, 0.0), (0.62, 1.0), (0.66, 0.0))
    score = (
        Score.of(tilt=0.23 * side, bend=0.05 * side, twist=0.22 * side, nod=-0.12 + 0.05 * tap)
        + Score.of(stretch=0.02 * wave(2) - 0.04 * np.abs(np.gradient(side)) * 6)
        + gesture(0.22 - 0.03 * tap, 0.62 + 0.02 * tap, -0.45 + 0.1 * tap, sides="r")
        + gesture(-0.1, 0.45, -1.25, sides="l")
        + Score.of(gaze=0.9 * np.clip(side, -1, 1), gaze_up=0.75, mouth=-0.4)
        + both("eye", blink(0.44))
        + Score.of(frown=0.5, brow=0.25)
    )
    return Choreography(score, ("question_mark",), first=frame(0.28), grip="fist")


def shy() -> Choreography:
    """Turns away and peeks back, twisting from side to side, hands before the mouth."""
    away = keys((0.0, 1.0), (0.3, 1.0), (0.44, 0.35, swift), (0.6, 0.35), (0.72, 1.0, over))
    squirm = wave(3)
    score = (
        Score.of(twist=-0.6 * away + 0.12 * squirm, tilt=-0.22 * away, nod=0.3 * away, bend=-0.06 * away)
        + Score.of(jelly=0.05 * squirm, stretch=-0.06 * away + 0.02 * wave(2))
        + gesture(0.3 + 0.03 * squirm, 0.66, -0.6 + 0.1 * squirm)
        + both("eye", np.clip(1.25 * away - 0.45, 0, 0.9))
        + Score.of(mouth=-0.4, brow=-0.5, gaze=-0.9 * np.clip((away - 0.4) * 3, 0, 1))
    )
    return Choreography(score, ("blush", "sweat"), first=frame(0.52))


def cool() -> Choreography:
    """Sinks back into a slow lean, chin up, and nods to a beat of its own; changes sides with a snap."""
    side = keys((0.0, 1.0), (0.44, 1.0), (0.52, -1.0, over), (0.92, -1.0), (0.995, 1.0, over))
    groove = pulses(4, 1.0, 1.5)
    score = (
        Score.of(lean=0.13 * side, bend=-0.22 * side, tilt=-0.08 * side, twist=0.3 * side)
        + Score.of(nod=-0.2 - 0.28 * groove, stretch=sprung(0.035 * groove, 5, 0.3) + 0.01)
        + Score.of(eye_left=0.45 - 0.2 * np.clip(side, 0, 1), eye_right=0.45 - 0.2 * np.clip(-side, 0, 1))
        + Score.of(frown=-0.5 - 0.2 * groove)
        + gesture(1.08, 0.62 + 0.03 * groove, 0.1, much=1.0, sides="r")
    )
    return Choreography(score, ("sun_glint",), first=frame(0.2), grip="thumb")


def sick() -> Choreography:
    """Reels in a slow S, cheeks filling, heaves once and sags."""
    reel = wave(1)
    heave = keys((0.4, 0.0), (0.5, 0.3), (0.58, 1.0, snap), (0.64, 0.7), (0.7, 1.0, snap), (0.86, 0.0, swift))
    score = (
        Score.of(jelly=0.13 * reel, bend=0.11 * later(reel, 0.12), tilt=0.14 * later(reel, 0.2), lean=0.03 * reel)
        + Score.of(stretch=-0.07 - 0.06 * heave + 0.015 * wave(2), pitch=0.25 + 0.25 * heave, nod=0.12 + 0.2 * heave)
        + Score.of(head=0.1 * heave, belly=0.07 * later(heave, -0.06), mouth=0.5 * np.clip(heave, 0, 1) - 0.15)
        + Score.of(frown=0.9, spirals=1.0, green=0.6 + 0.4 * np.clip(heave, 0, 1))
        + gesture(0.3, 0.68 + 0.04 * heave, -0.7, sides="r")
        + gesture(0.4, 0.42, -1.2, sides="l")
    )
    return Choreography(score, ("dizzy",), first=frame(0.3))
