"""Choreographies addressed to someone: greetings, thanks, apologies, applause."""

import numpy as np

from popcon.engines.puppet.choreography.base import Choreography, blink, both, frame, gesture, hop, pulses
from popcon.engines.puppet.easing import ease, over, slow_in, slow_out, snap, swift
from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.tracks import jitter, keys, later, phase, sprung
from popcon.engines.puppet.tracks import wave as sine


def wave() -> Choreography:
    """A raised hand wags in two bursts while the body leans away from it and the head tips over."""
    wag = keys((0.02, -1), (0.12, 1), (0.22, -1), (0.32, 1), (0.42, -1), (0.56, 1), (0.66, -1), (0.76, 1), (0.88, -0.6))
    lean = keys((0.0, -0.11), (0.12, -0.07), (0.22, -0.12), (0.32, -0.07), (0.44, -0.12), (0.56, -0.05), (0.7, -0.11))
    score = (
        gesture(1.2 + 0.14 * wag, 0.97 - 0.02 * wag, 0.15 + 0.42 * wag, sides="r")
        + gesture(1.02, 0.42, 1.9, sides="l")
        + Score.of(lean=lean, tilt=sprung(0.16 + 0.07 * wag, 3.2), bend=sprung(0.05 * wag, 4))
        + Score.of(stretch=sprung(pulses(4, 0.05), 5), arm_left=0.12 * later(wag, 0.05), mouth=0.45, frown=-0.8)
        + both("eye", blink(0.5))
    )
    return Choreography(score, ("motion_lines",), first=frame(0.2))


def bow() -> Choreography:
    """Draws itself up, bends deep from the hips, holds, comes back with a little overshoot."""
    pitch = keys((0.0, 0.0), (0.12, -0.12), (0.32, 1.02, over), (0.62, 0.98), (0.84, -0.06, swift), (0.92, 0.0))
    score = (
        Score.of(pitch=pitch, nod=sprung(0.28 * np.clip(pitch, 0, 1), 2.6, 0.5))
        + Score.of(stretch=keys((0.0, 0.0), (0.12, 0.06), (0.32, -0.04), (0.62, -0.03), (0.85, 0.03)))
        + gesture(
            keys((0, 0.95), (0.3, 0.45), (0.62, 0.45), (0.86, 0.95)), 0.45, keys((0, 2.2), (0.3, 0.5), (0.62, 0.5))
        )
        + both("eye", keys((0.08, 0.0), (0.2, 1.0, snap), (0.7, 1.0), (0.8, 0.0)))
    )
    return Choreography(score, ("bow_lines",), first=frame(0.4), grip="flat")


def clap() -> Choreography:
    """Hands meet five times; each clap goes through the body as a small bounce."""
    beats = 5
    p = (phase() * beats) % 1.0
    apart = keys((0.0, 1.0), (0.3, 0.0, slow_in), (0.42, 0.0), (0.999, 1.0, slow_out), beats=beats)
    hit = np.exp(-(((p - 0.34) / 0.12) ** 2))
    score = (
        gesture(0.16 + 0.5 * apart, 0.56 + 0.03 * hit, -0.25 + 0.5 * apart)
        + Score.of(stretch=sprung(-0.075 * hit, 6, 0.3) + 0.02, tilt=0.1 * sine(1), lean=0.05 * sine(1, 0.1))
        + both("eye", 1.0 * keys((0.0, 1.0), (0.38, 1.0), (0.44, 0.0, snap), (0.56, 0.0), (0.62, 1.0, snap)))
        + Score.of(nod=0.12 * hit, mouth=0.4, frown=-0.8, joy=1.0)
    )
    return Choreography(score, ("shock_lines",), first=frame(0.07), grip="flat")


def hug() -> Choreography:
    """Opens wide, wraps and squeezes, rocks with it, lets go."""
    close = keys((0.0, 0.0), (0.1, -0.1), (0.26, 1.0, over), (0.74, 1.0), (0.9, 0.0, swift))
    rock = sine(2, 0.26) * np.clip(close, 0, 1)
    score = (
        gesture(1.28 - 0.86 * close, 0.66 - 0.06 * close, 0.5 - 1.35 * close)
        + Score.of(belly=-0.11 * close, stretch=sprung(0.05 * close, 3.5), head=0.05 * close)
        + Score.of(bend=0.13 * rock, tilt=sprung(0.14 * rock, 3), nod=0.18 * close)
        + Score.of(stretch=pulses(1, 0.03))
        + both("eye", np.clip(keys((0.12, 0.0), (0.24, 1.0, snap), (0.76, 1.0), (0.86, 0.0)), 0, 1))
        + Score.of(joy=1.0, frown=-0.8)
    )
    return Choreography(score, ("hearts", "blush"), first=frame(0.42))


def thank_you() -> Choreography:
    """Hands pressed together; a quick grateful bow, and a warm tilt of the head on the way up."""
    pitch = keys(
        (0.0, 0.0), (0.06, -0.08), (0.2, 0.72, over), (0.38, 0.68), (0.54, 0.0, swift), (0.6, -0.05), (0.7, 0.0)
    )
    warm = keys((0.0, 0.0), (0.5, 0.0), (0.62, 1.0, over), (0.84, 1.0), (0.96, 0.0))
    score = (
        Score.of(pitch=pitch, nod=0.15 * np.clip(pitch, 0, 1), tilt=0.24 * warm, bend=0.05 * warm)
        + Score.of(stretch=sprung(0.05 * warm - 0.05 * np.clip(pitch, 0, 1), 3.4, 0.3))
        + gesture(0.17, 0.56 + 0.04 * warm, -0.18)
        + both("eye", np.maximum(keys((0.06, 0.0), (0.14, 1.0, snap), (0.42, 1.0), (0.5, 0.0)), np.clip(warm, 0, 1)))
        + Score.of(joy=np.clip(warm, 0, 1), frown=-0.6)
    )
    return Choreography(score, ("sparkle", "hearts"), first=frame(0.7), grip="flat")


def good_night() -> Choreography:
    """A long stretch with a yawn, then the body sinks and the head drops to one side."""
    yawn = keys((0.0, 0.0), (0.08, -0.15), (0.28, 1.0, swift), (0.42, 1.0), (0.56, 0.0, swift))
    drowse = keys((0.0, 0.7), (0.12, 0.0), (0.5, 0.0), (0.68, 1.0, over), (0.8, 0.8), (0.92, 1.0))
    score = (
        Score.of(
            stretch=0.11 * yawn - 0.05 * drowse, nod=-0.22 * yawn + 0.22 * drowse, mouth=0.95 * np.clip(yawn, 0, 1)
        )
        + Score.of(tilt=sprung(0.2 * drowse, 2.4, 0.5) - 0.06 * yawn, bend=0.09 * drowse - 0.04 * yawn)
        + gesture(0.3 + 0.45 * (1 - np.clip(yawn, 0, 1)), 0.6 + 0.1 * np.clip(yawn, 0, 1), 0.2 - 0.5 * yawn, sides="r")
        + gesture(1.05 + 0.12 * yawn, 0.42 + 0.5 * np.clip(yawn, 0, 1), 1.2 - 0.9 * yawn, sides="l")
        + both("eye", np.clip(0.55 + 0.45 * np.clip(yawn, 0, 1) + 0.45 * drowse, 0, 1))
    )
    return Choreography(score, ("moon", "zzz"), first=frame(0.74))


def sorry() -> Choreography:
    """Shrinks and bows quickly twice, hands together, trembling at the lowest point."""
    low = keys((0.0, 0.0), (0.14, 1.0, over), (0.34, 0.96), (0.46, 0.45), (0.56, 1.05, over), (0.82, 1.0), (0.95, 0.0))
    tremble = jitter(5) * np.clip(low - 0.8, 0, 0.3)
    score = (
        Score.of(pitch=0.75 * low, nod=0.25 * low, stretch=-0.06 * low - 0.02, lean=0.05 * tremble, tilt=0.12 * tremble)
        + gesture(0.17, 0.62 + 0.3 * np.clip(low, 0, 1.1), -0.15 - 0.05 * low)
        + both("eye", 0.3 + 0.7 * np.clip(low, 0, 1))
        + Score.of(belly=0.04 * low, brow=-0.8, frown=0.7)
    )
    return Choreography(score, ("sweat", "bow_lines"), first=frame(0.2), grip="flat")


def ok() -> Choreography:
    """Pops up with the sign, nods twice, firmly, and holds."""
    show = keys((0.0, 0.0), (0.06, -0.25), (0.18, 1.0, over), (0.86, 1.0), (0.98, 0.0, ease))
    nod = keys((0.24, 0.0), (0.32, 1.0, slow_in), (0.4, -0.15, slow_out), (0.5, 1.0, slow_in), (0.6, 0.0, slow_out))
    up = np.clip(show, -0.2, 1.15)
    score = (
        Score.of(nod=0.5 * nod, pitch=0.12 * nod, stretch=sprung(0.06 * show - 0.07 * nod, 4.5, 0.3))
        + Score.of(tilt=-0.12 * up, lean=0.06 * up, mouth=0.4 * np.clip(up, 0, 1), frown=-0.7)
        + gesture(1.02 + 0.08 * up, 0.5 + 0.34 * up, 0.5 - 0.4 * up + 0.1 * nod, sides="r")
        + Score.of(eye_right=np.clip(1.1 * up, 0, 1), joy=1.0)
    )
    return Choreography(score + hop(0.0, 1, 0.03), ("thumbs_up", "sparkle"), first=frame(0.7), grip="ok")
