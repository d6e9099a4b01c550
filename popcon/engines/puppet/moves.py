"""Building blocks for custom actions: single moves, at any number of beats in the loop."""

import math

import numpy as np

from popcon.engines.puppet.choreography.base import blink, both, flight, gesture, hop, pulses
from popcon.engines.puppet.easing import over, slow_out, snap, swift
from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.tracks import jitter, keys, later, phase, sprung, wave


def bounce(beats: int) -> Score:
    return hop(0.11, beats, 0.13) + Score.of(tilt=0.06 * wave(max(1, beats // 2)))


def leap(beats: int) -> Score:
    return hop(0.26, beats, 0.22) + gesture(1.15, keys((0, 0.5), (0.3, 1.0, snap), (0.6, 0.5), beats=beats), 0.3)


def shake(beats: int) -> Score:
    side = np.sign(np.sin(phase() * math.tau * beats + 1e-9)) * (0.75 + 0.25 * wave(1))
    return Score.of(
        lean=sprung(0.11 * side, 8, 0.3), bend=sprung(-0.05 * side, 6, 0.3), tilt=sprung(0.08 * side, 5, 0.3)
    )


def shiver(beats: int) -> Score:
    shaking = jitter(23) * (0.6 + 0.4 * wave(max(1, beats // 4)))
    return Score.of(lean=0.035 * shaking, tilt=0.05 * shaking, stretch=-0.05, belly=-0.03)


def sway(beats: int) -> Score:
    side = keys((0.0, -1.0), (0.1, -1.0), (0.5, 1.0, swift), (0.6, 1.0), (0.999, -1.0, swift), beats=beats)
    return Score.of(bend=0.2 * side, tilt=sprung(0.16 * side, 2.5, 0.4), lean=0.05 * side)


def nod(beats: int) -> Score:
    down = keys((0.0, 0.0), (0.22, 1.0, over), (0.5, -0.15), (0.8, 0.0), beats=beats)
    return Score.of(nod=0.7 * down, pitch=0.1 * down, stretch=sprung(-0.05 * down, 5, 0.3))


def refuse(beats: int) -> Score:
    side = keys((0.0, -1.0), (0.5, 1.0, swift), (0.999, -1.0, swift), beats=beats)
    return Score.of(twist=0.6 * side, tilt=sprung(0.05 * side, 4))


def tilt(beats: int) -> Score:
    side = keys((0.0, 0.0), (0.2, 1.0, over), (0.7, 1.0), (0.85, 0.0, swift), beats=beats)
    return Score.of(tilt=0.3 * side, bend=0.08 * side, stretch=sprung(0.04 * side, 4, 0.3)) + both("eye", blink(0.9))


def spin(beats: int) -> Score:
    around = keys((0.0, 0.0), (0.2, -0.06), (0.62, 1.0, swift), (0.99, 1.0), beats=beats)
    # The last key lies a whole turn on, which is the first one again: no unwinding.
    p = (phase() * beats) % 1.0
    turned = np.where(p > 0.98, 0.0, around)
    lift = flight(0.22, 0.62, 0.1, beats)
    squash = keys((0.0, 0.0), (0.18, -0.13), (0.3, 0.1), (0.66, -0.1), (0.8, 0.03), beats=beats)
    return Score.of(whirl=turned, y=lift, stretch=squash)


def tumble(beats: int) -> Score:
    p = (phase() * beats) % 1.0
    go = np.clip((p - 0.24) / 0.42, 0, 1)
    turned = go * go * (3 - 2 * go)
    return hop(0.2, beats, 0.18) + Score.of(flip=np.where(go < 1, turned, 0.0))


def zoom(beats: int) -> Score:
    size = keys((0.0, -0.11), (0.08, -0.11), (0.5, 0.14, swift), (0.6, 0.14), beats=beats)
    return Score.of(zoom=size, stretch=0.25 * np.gradient(size) * 4)


def pop(beats: int) -> Score:
    size = keys((0.0, -0.5), (0.24, 0.16, over), (0.34, 0.06), (0.8, 0.06), (0.96, -0.5, swift), beats=beats)
    return Score.of(zoom=size, stretch=sprung(0.12 * size, 5, 0.3))


def floating(beats: int) -> Score:
    return Score.of(
        y=0.1 + 0.045 * wave(beats),
        bend=0.07 * wave(beats, 0.15),
        tilt=0.1 * wave(1, 0.3),
        jelly=0.04 * wave(beats, 0.4),
    )


def tall(beats: int) -> Score:
    up = keys((0.0, 0.0), (0.14, -0.5), (0.42, 1.0, over), (0.66, 0.95), (0.86, 0.0, swift), beats=beats)
    return Score.of(stretch=0.17 * up, nod=-0.2 * up) + gesture(1.0, 0.6 + 0.4 * np.clip(up, 0, 1), 0.2)


def squash(beats: int) -> Score:
    flat = keys(
        (0.0, 0.0), (0.16, 0.35), (0.3, -1.0, snap), (0.5, -0.9), (0.6, 0.5, slow_out), (0.75, -0.15), beats=beats
    )
    return Score.of(stretch=0.24 * flat)


def wobble(beats: int) -> Score:
    ring = np.exp(-3 * ((phase() * max(1, beats // 2)) % 1.0))
    p = (phase() * max(1, beats // 2)) % 1.0
    swing = ring * np.sin(p * math.tau * 4) * np.clip(p * 12, 0, 1)
    return Score.of(jelly=0.24 * swing, bend=0.16 * later(swing, 0.02), stretch=-0.07 * ring * np.clip(p * 12, 0, 1))


def breathe(beats: int) -> Score:
    air = keys((0.0, 0.0), (0.4, 1.0), (0.52, 1.0), beats=beats)
    return Score.of(belly=0.09 * air, stretch=0.04 * air, nod=-0.08 * air) + both("eye", blink(0.8))


def heartbeat(beats: int) -> Score:
    beat = keys((0.0, 0.0), (0.1, 1.0, slow_out), (0.22, -0.1), (0.32, 0.7, slow_out), (0.55, 0.0), beats=beats)
    return Score.of(belly=0.12 * beat, head=0.08 * beat, zoom=0.05 * beat)


def stomp(beats: int) -> Score:
    left = np.clip(wave(beats), 0, 1) ** 0.7
    right = np.clip(-wave(beats), 0, 1) ** 0.7
    hit = pulses(2 * beats, 1.0, 3)
    return Score.of(
        step_left=0.12 * left, step_right=0.12 * right, lean=0.1 * (left - right), stretch=sprung(0.07 * hit, 6)
    )


def walk(beats: int) -> Score:
    left, right = np.clip(wave(beats), 0, 1), np.clip(-wave(beats), 0, 1)
    return Score.of(
        step_left=0.09 * left,
        step_right=0.09 * right,
        lean=0.05 * wave(beats),
        bend=-0.05 * wave(beats),
        tilt=0.05 * wave(beats, 0.1),
        stretch=0.03 * np.cos(phase() * 4 * math.pi * beats),
        y=0.02 * np.abs(wave(beats)),
    )


def slide(beats: int) -> Score:
    go = keys((0.0, -1.0), (0.12, -1.0), (0.4, 1.0, swift), (0.6, 1.0), (0.9, -1.0, swift), beats=beats)
    speed = np.gradient(go)
    return Score.of(x=0.09 * go, bend=sprung(-1.1 * speed, 3.5, 0.4), tilt=sprung(-0.8 * speed, 3, 0.4))


def peek(beats: int) -> Score:
    out = keys((0.0, 0.0), (0.25, 1.0, over), (0.62, 1.0), (0.78, 0.0, snap), beats=beats)
    return Score.of(lean=0.26 * out, bend=0.12 * out, tilt=-0.2 * out, stretch=-0.1 * (1 - np.clip(out, 0, 1)))


def look(beats: int) -> Score:
    side = keys((0.0, 1.0), (0.36, 1.0), (0.48, -1.0, swift), (0.86, -1.0), (0.98, 1.0, swift), beats=beats)
    return Score.of(twist=0.65 * side, tilt=0.06 * side, lean=0.04 * side, gaze=0.9 * side) + both(
        "eye", blink(0.42) + blink(0.92)
    )


def faint(beats: int) -> Score:
    drop = keys((0.0, 0.0), (0.2, -0.12), (0.46, 1.0, over), (0.8, 1.0), (0.96, 0.0, swift), beats=beats)
    fall = np.clip(drop, -0.2, 1.1)
    down = np.clip(fall, 0, 1)
    limp = Score.of(bend=0.5 * fall, lean=0.18 * fall, stretch=-0.22 * down)
    return limp + Score.of(crosses=down * (down > 0.3), frown=0.7 * down)


def kiss(beats: int) -> Score:
    """Leans in with lips drawn together and eyes shut, and comes back with a little bounce."""
    near = keys((0.0, 0.0), (0.16, -0.2), (0.36, 1.0, over), (0.62, 1.0), (0.8, 0.0, swift), beats=beats)
    go = np.clip(near, 0, 1)
    return Score.of(
        nod=0.3 * near, zoom=0.07 * near, lean=0.06 * near, tilt=0.12 * go, stretch=sprung(0.05 * near, 5), pucker=go
    ) + both("eye", go)


def pout(beats: int) -> Score:
    """Cheeks out, lower lip forward, brows down; turns away in a huff."""
    huff = keys((0.0, 1.0), (0.3, 1.0), (0.44, 0.2, swift), (0.56, 0.2), (0.7, 1.0, over), beats=beats)
    return Score.of(
        head=0.09 * huff, twist=0.4 * huff, tilt=0.1 * huff, stretch=-0.06 * huff, brow=0.55, pucker=1.0, frown=0.6
    ) + Score.of(gaze=0.8 * huff)


def lunge(beats: int) -> Score:
    go = keys((0.0, 0.0), (0.2, -0.45), (0.3, 1.0, snap), (0.42, 0.85), (0.64, 0.0), beats=beats)
    return Score.of(x=0.06 * go, lean=0.2 * go, bend=0.12 * go, stretch=0.05 * go) + gesture(
        0.9 + 0.4 * go, 0.55, 0.8, sides="r"
    )


def raise_arms(beats: int) -> Score:
    up = keys((0.0, 0.0), (0.25, 1.0, over), (0.6, 1.0), (0.8, 0.0, swift), beats=beats)
    return gesture(1.1, 0.5 + 0.5 * up, 0.8 - 0.5 * up) + Score.of(stretch=0.06 * up, nod=-0.15 * up)


def blinking(beats: int) -> Score:
    shut = np.max([blink((n + 0.5) / beats, 0.1) for n in range(beats)], axis=0)
    return both("eye", shut) + Score.of(stretch=-0.03 * shut)


def twisting(beats: int) -> Score:
    side = wave(beats)
    return Score.of(twist=0.6 * side, bend=-0.07 * side, stretch=0.03 * np.abs(side), jelly=0.05 * later(side, 0.05))


def headbang(beats: int) -> Score:
    down = pulses(beats, 1.0, 2.2)
    return Score.of(nod=-0.85 * down - 0.2, pitch=-0.25 * down, stretch=sprung(0.05 * down, 6)) + both("eye", 0.8)


def swell(beats: int) -> Score:
    puff = keys((0.0, 0.0), (0.6, 1.0), (0.7, 1.1), (0.76, -0.4, snap), (0.86, 0.1), beats=beats)
    return Score.of(belly=0.24 * puff, head=0.1 * puff, zoom=0.04 * puff)


def idle(beats: int) -> Score:
    """What is shown when no word is understood: alive and friendly."""
    return bounce(2).scaled(0.55) + sway(1).scaled(0.45) + both("eye", blink(0.45))
