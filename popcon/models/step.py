"""The steps of a job."""

from enum import StrEnum


class Step(StrEnum):
    """What a person can redo a job from, in order. Each task of the pipeline belongs to one of these."""

    CHARACTER = "character"
    START_FRAME = "start_frame"
    TAKE = "take"
    FRAMES = "frames"
    CUTOUTS = "cutouts"
    STICKER = "sticker"
    PACK = "pack"
