"""What the stickers of an edition (a platform, in a language) say, and which of them are stills."""

from collections.abc import Sequence

from popcon.media.captions.phrases import motion_of
from popcon.models.action import Action
from popcon.models.caption import Caption
from popcon.models.job import JobSpec
from popcon.models.results import Sticker
from popcon.pipeline.steps.pack import PackSticker
from popcon.platforms import platform


def caption_of(spec: JobSpec, action: Action, language: str) -> Caption | None:
    """Return the words on an action's sticker; None where it has none."""
    captions = spec.words_of(language)
    text = captions.texts.get(action.name) if captions else None
    if captions is None or not text:
        return None
    return Caption(text=text, motion=captions.motion or motion_of(action.name), font=captions.font)


def is_still(spec: JobSpec, action: Action, platform_name: str) -> bool:
    """Return whether an action is a still. Where a pack holds both, the first actions of the job move."""
    rules = platform(platform_name)
    if rules.still is None or rules.still.count is None or rules.pack.max_count is None:
        return False
    return spec.actions.index(action) >= rules.pack.max_count - rules.still.count


def shows_one_frame(spec: JobSpec, action: Action, platform_name: str) -> bool:
    """Return whether an action's sticker has one frame, as a still or on a platform of stills."""
    return is_still(spec, action, platform_name) or platform(platform_name).default_format == "png"


def pack_stickers(spec: JobSpec, stickers: Sequence[Sticker], language: str) -> tuple[PackSticker, ...]:
    """Return stickers as their pack lists them, each with its title, emoji and spoken description."""
    actions = {action.name: action for action in spec.actions}
    return tuple(
        PackSticker(
            action=sticker.action,
            title=actions[sticker.action].title,
            emoji=actions[sticker.action].emoji,
            file=sticker.file,
            durations_ms=sticker.durations_ms,
            spoken=_spoken(spec, actions[sticker.action], language),
        )
        for sticker in stickers
    )


def _spoken(spec: JobSpec, action: Action, language: str) -> str:
    caption = caption_of(spec, action, language)
    return "" if caption is None else f"{action.title}: {caption.text}"
