"""Writes down for a job's submission what people and engines did, and builds the kit of each pack."""

from typing import Any

from popcon import naming
from popcon.editing.refinements import Refinements
from popcon.jobs.archive import Archive, Job
from popcon.models.results import Sticker
from popcon.packs.kit import FORMS, KitSticker, Work, build_kit
from popcon.pipeline.steps.pack import shown_frames
from popcon.stickers.still import telling_frame

GENERATIVE = frozenset(("dashscope", "openai"))
"""Engines that draw or animate with generative models."""


def work_of(archive: Archive, job: Job) -> Work:
    """Return what engines and people did: approvals, prompts, redraws, edits by hand."""
    engines = job.spec.engines
    drawn = engines.image.name if job.spec.description else "the given picture"
    named = {
        "character": drawn, "start frames": engines.image.name, "animation": engines.video.name,
        "cut out": engines.matte.name,
    }  # fmt: skip
    used = tuple(f"{what} ({name})" for what, name in named.items() if name in GENERATIVE)
    human: list[dict[str, Any]] = []
    for action in job.spec.actions:
        for path in archive.store.paths(naming.verdicts(job.id, action.name)):
            found = archive.store.read_json(path)
            if isinstance(found, dict):
                said = found.get("verdict", found)
                human.append({"action": action.name, "what": "decision", "at": found.get("at", ""), "said": said})
        saved = Refinements(archive.store, job.id, action.name).current()
        human += [
            {"action": action.name, "what": "edit by hand", "at": each.at, "times": each.version} for each in saved
        ]
    return Work(engines=named, generative=used, human=human)


def submission_kit(archive: Archive, job: Job, stickers: list[Sticker], work: Work) -> list[tuple[str, bytes]]:
    """Return the kit of one pack; nothing for a platform without a form.

    Arguments:
        stickers: of the pack, in its order.
    """
    if not stickers or stickers[0].platform not in FORMS:
        return []
    actions = {action.name: action for action in job.spec.actions}
    told = []
    for sticker in stickers:
        frames = shown_frames(sticker.file, archive.store)
        action = actions[sticker.action]
        still = frames[telling_frame(frames)]
        words = {each.language: each.texts[action.name] for each in job.spec.words if action.name in each.texts}
        told.append(KitSticker(action.name, action.title, action.emoji, still, words))
    return build_kit(stickers[0].platform, job.spec.title, "PopCon", told, work)
