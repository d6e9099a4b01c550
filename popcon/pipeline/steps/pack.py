"""The pack step: all stickers of a job for one platform, checked and zipped, and a sheet that shows them."""

import json
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from popcon.check.checker import check_bytes
from popcon.check.review import review_files
from popcon.check.rulebooks import rulebook
from popcon.media.pictures.png import decode_png, encode_png
from popcon.media.pictures.sheet import contact_sheet
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.results import Pack, PackDoubt, Sheet
from popcon.models.step import Step
from popcon.naming import edition, pack_file
from popcon.packs.build import build_pack
from popcon.packs.model import EncodeCover, PackItem
from popcon.pipeline.keys import StepInputs
from popcon.pixels import Rgba
from popcon.platforms import Platform, platform
from popcon.platforms.model import MEDIA_TYPES, Canvas, Cover
from popcon.stickers.decode import decode
from popcon.stickers.fit import encode_sticker
from popcon.storage.store import Store


class PackSticker(Model):
    """A sticker of a pack."""

    action: str
    title: str
    emoji: tuple[str, ...]
    file: ArtifactRef
    durations_ms: tuple[int, ...]
    spoken: str = Field(default="", description="what a screen reader says; empty: the title")


class PackInputs(StepInputs):
    """What a pack is made from."""

    task: ClassVar[str] = "pack"
    step: ClassVar[Step] = Step.PACK
    version: ClassVar[int] = 4

    platform: str
    language: str = Field(default="", exclude_if=lambda tag: not tag, description="where the job has several")
    title: str
    character: ArtifactRef
    cover: str = Field(
        default="",
        exclude_if=lambda name: not name,
        description="the action whose sticker covers show; empty: the character",
    )
    stickers: tuple[PackSticker, ...] = Field(min_length=1)


class SheetInputs(StepInputs):
    """What a contact sheet shows."""

    task: ClassVar[str] = "sheet"
    step: ClassVar[Step] = Step.PACK
    version: ClassVar[int] = 1

    title: str
    platform: str
    stickers: tuple[PackSticker, ...] = Field(min_length=1)


def build_pack_file(inputs: PackInputs, store: Store) -> Pack:
    """Put the stickers together as the platform's upload form wants them, and check the result.

    Raises:
        DoesNotFit: the ZIP is over the platform's limit.
    """
    rules = platform(inputs.platform)
    built = build_pack(
        rules,
        [_item(sticker, rules, store, inputs.cover) for sticker in inputs.stickers],
        decode_png(store.get(inputs.character), 4),
        inputs.title,
        encode_cover=_encode_cover(rules),
        shown=inputs.cover,
        language=inputs.language,
    )
    report = check_bytes(built.data, pack_file(inputs.title, edition(rules.name, inputs.language)), rules.name)
    return Pack(
        platform=rules.name,
        language=inputs.language,
        file=store.put(built.data, "application/zip"),
        files=tuple(name for name, _ in built.files),
        accepted=report.ok,
        check=store.put(json.dumps(report.model_dump(mode="json"), ensure_ascii=False).encode(), "application/json"),
        notes=built.notes,
        doubts=tuple(
            PackDoubt(
                kind=each.kind,
                file=each.file,
                frame=each.frame,
                says=each.says,
                picture=store.put(each.picture, "image/png"),
            )
            for each in review_files(built.files, rulebook(rules.name))
        ),
    )


def draw_sheet(inputs: SheetInputs, store: Store) -> Sheet:
    """Draw every sticker by several of its frames, on light and on dark."""
    rows = [(sticker.title, shown_frames(sticker.file, store)) for sticker in inputs.stickers]
    picture = contact_sheet(rows, side=112, frames=6, title=f"{inputs.title}: {platform(inputs.platform).title}")
    return Sheet(picture=store.put(encode_png(picture), "image/png"))


def _item(sticker: PackSticker, rules: Platform, store: Store, shown: str) -> PackItem:
    data = store.get(sticker.file)
    beside = rules.still is not None and rules.still.count is None
    moving = (
        beside or sticker.action == shown or any(cover.format != "png" or cover.each for cover in rules.pack.covers)
    )
    frames = shown_frames(sticker.file, store) if moving else []
    return PackItem(
        name=sticker.action,
        title=sticker.title,
        emoji=sticker.emoji,
        spoken=sticker.spoken,
        data=data,
        frames=frames,
        durations_ms=sticker.durations_ms[: len(frames)] if moving else (),
    )


def shown_frames(file: ArtifactRef, store: Store) -> list[Rgba]:
    """Return the frames of a sticker's file, each once, as a viewer composes them: (h, w, 4) uint8."""
    formats = {media_type: format for format, media_type in MEDIA_TYPES.items()}
    return decode(store.get(file), formats[file.media_type])


def _encode_cover(rules: Platform) -> EncodeCover:
    """Return a function that encodes a pack's animated cover as its platform's stickers are, at the cover's size."""

    def encode(frames: Sequence[Rgba], durations_ms: Sequence[int], cover: Cover) -> bytes:
        shape = Canvas(kind="exact", width=cover.width, height=cover.height)
        like = rules.model_copy(update={"canvas": shape, "max_bytes": cover.max_bytes or rules.max_bytes})
        return encode_sticker(frames, durations_ms, like).data

    return encode
