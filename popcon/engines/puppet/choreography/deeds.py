"""Choreographies of doing something: jumping, dancing, running, eating, sleeping."""

import numpy as np

from popcon.engines.puppet.choreography.base import Choreography, blink, both, flight, frame, gesture, hop, pulses
from popcon.engines.puppet.easing import over, slow_in, slow_out, snap, swift
from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.tracks import keys, later, phase, sprung, wave


def jump() -> Choreography:
    """One high leap: deep crouch, hang in the air, heavy landing that rings out."""
    body = keys(
        (0.0, 0.0),
        (0.16, -0.24, swift),
        (0.24, -0.25),
        (0.29, 0.2, snap),
        (0.44, -0.03),
        (0.57, 0.1),
        (0.62, -0.27, slow_out),
        (0.72, 0.09),
        (0.81, -0.05),
        (0.9, 0.02),
    )
    air = flight(0.27, 0.6, 1.0)
    arms = keys((0.0, 0.3), (0.2, -0.1, swift), (0.32, 1.0, snap), (0.52, 0.95), (0.63, 0.2, slow_in), (0.8, 0.35))
    score = (
        Score.of(y=0.3 * air, stretch=body, nod=keys((0, 0), (0.2, 0.25), (0.33, -0.3), (0.55, 0.1), (0.64, 0.25)))
        + gesture(1.02 + 0.14 * arms, 0.35 + 0.62 * arms, 1.1 - 0.8 * arms)
        + Score.of(
            step_left=0.05 * air, step_right=0.07 * air, mouth=0.8 * air, frown=-0.7 * air, tilt=0.08 * later(air, 0.05)
        )
        + both("eye", keys((0.12, 0.0), (0.22, 0.7), (0.3, 0.0), (0.58, 0.0), (0.62, 0.9), (0.74, 0.0)))
    )
    return Choreography(score, ("motion_lines", "stars"), first=frame(0.43), held=False)


def dance() -> Choreography:
    """Hips to the left and right on the beat, head answering, feet and arms taking turns."""
    side = keys((0.0, 1.0), (0.2, 1.0, over), (0.5, -1.0, swift), (0.7, -1.0, over), (0.999, 1.0, swift), beats=2)
    down = pulses(8, 1.0, 1.4)
    lift = np.clip(side, 0, 1), np.clip(-side, 0, 1)
    score = (
        Score.of(jelly=0.15 * side, bend=-0.16 * later(side, 0.03), tilt=sprung(0.2 * side, 4, 0.4), twist=0.28 * side)
        + Score.of(stretch=sprung(0.075 * down, 7, 0.35) + 0.03, x=0.02 * side)
        + Score.of(step_left=0.06 * lift[0], step_right=0.06 * lift[1])
        + gesture(1.12, 0.6 + 0.34 * side, 0.35 - 0.2 * side, sides="r")
        + gesture(1.12, 0.6 - 0.34 * side, 0.35 + 0.2 * side, sides="l")
        + both("eye", keys((0.0, 1.0), (0.4, 1.0), (0.48, 0.0), (0.9, 0.0), (0.98, 1.0)))
        + Score.of(mouth=0.5, frown=-0.8, joy=1.0)
    )
    return Choreography(score, ("notes",), first=frame(0.08), held=False)


def sleep() -> Choreography:
    """Breathes slowly and deeply; the head sinks to one side and is caught with a start."""
    breath = keys((0.0, 0.0), (0.42, 1.0), (0.52, 1.0), (0.96, 0.0))
    sink = keys((0.0, 0.55), (0.6, 1.0), (0.76, 1.06), (0.8, 0.35, snap), (0.9, 0.45))
    score = (
        Score.of(belly=0.09 * breath, stretch=-0.1 + 0.055 * breath, head=0.015 * breath)
        + Score.of(tilt=0.3 * sink, nod=0.3 * sink, bend=0.12 + 0.05 * sink, mouth=0.12 + 0.2 * breath)
        + both("eye", 1.0)
        + gesture(0.72, 0.62 - 0.02 * breath, -0.5, sides="r")
        + gesture(-0.5, 0.6 - 0.02 * breath, 0.75, sides="l")
    )
    return Choreography(score, ("zzz",), first=frame(0.5), grip="flat")


def cheer() -> Choreography:
    """Two hops with both arms thrown up, pumping."""
    air = flight(0.26, 0.62, 1.0, 2)
    pump = keys((0.0, 0.5), (0.2, 0.0, swift), (0.32, 1.0, over), (0.58, 1.0), (0.68, 0.45, slow_in), beats=2)
    score = (
        hop(0.17, 2, 0.15)
        + gesture(1.06 + 0.06 * pump, 0.74 + 0.3 * pump, 0.45 - 0.2 * pump)
        + Score.of(nod=-0.22 * pump, tilt=0.1 * wave(1, 0.1), bend=0.06 * wave(1, 0.05), mouth=0.5 + 0.5 * air)
        + Score.of(step_left=0.05 * air, step_right=0.05 * air, arm_left=0.2 * pump, arm_right=0.2 * pump)
        + both("eye", np.clip(pump, 0, 1))
        + Score.of(joy=1.0, frown=-0.8)
    )
    return Choreography(score, ("confetti",), first=frame(0.22), grip="fist", held=False)


def run() -> Choreography:
    """Leans into it: six strides, each with its own push, float with the legs apart, and landing; pants with them."""
    stride = (phase() * 6) % 1.0
    bounce = 0.055 * np.sin(np.pi * stride)
    swing = np.sin(phase() * np.pi * 2 * 3)
    score = (
        Score.of(lean=0.17, bend=0.1, y=bounce, stretch=0.07 * np.sin((stride * 2 - 0.5) * np.pi) - 0.01)
        + Score.of(step_left=0.13 * np.clip(swing, 0, 1), step_right=0.13 * np.clip(-swing, 0, 1))
        + Score.of(twist=0.3 * swing, tilt=0.05 * later(swing, 0.05), x=0.03 * wave(2), nod=0.05 * swing)
        + gesture(0.85 - 0.15 * swing, 0.52 + 0.12 * swing, -0.5, sides="r")
        + gesture(0.85 + 0.15 * swing, 0.52 - 0.12 * swing, -0.5, sides="l")
        + Score.of(mouth=0.35 + 0.25 * later(np.abs(swing), 0.02), frown=-0.4)
        + both("eye", blink(0.46, 0.06))
    )
    return Choreography(score, ("speed_lines", "sweat"), first=frame(0.083), grip="fist", held=False)


def eat() -> Choreography:
    """Leans in for a bite, then chews with full cheeks, head bobbing with pleasure."""
    bite = keys((0.0, 0.0), (0.08, -0.3), (0.18, 1.0, over), (0.26, 0.85), (0.38, 0.0))
    chew = np.sin((phase() * 6) * np.pi * 2) * keys((0.3, 0.0), (0.4, 1.0), (0.9, 1.0), (0.98, 0.0))
    score = (
        Score.of(
            nod=0.42 * bite, pitch=0.15 * bite, mouth=np.clip(-bite * 2.2, 0, 1) + 0.22 * np.clip(chew, 0, 1) - 0.1
        )
        + Score.of(head=0.05 * chew + 0.03, stretch=-0.025 * chew - 0.05 * bite, tilt=sprung(0.13 * wave(1, 0.4), 2))
        + Score.of(jelly=0.025 * later(chew, 0.03))
        + gesture(0.3, 0.6 + 0.08 * np.clip(-bite, -0.2, 1), -0.5)
        + both("eye", keys((0.1, 0.0), (0.2, 1.0), (0.34, 0.2), (0.5, 1.0), (0.85, 1.0), (0.97, 0.0)))
        + Score.of(joy=1.0, munch=0.8 * later(chew, 0.02))
    )
    return Choreography(score, ("food_crumbs",), first=frame(0.55))
