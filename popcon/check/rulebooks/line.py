"""Writes LINE's rules down."""

from popcon.check import sources
from popcon.check.limits import CanvasLimit, CoverLimits, PackLimits, Rulebook, Ruled, Span, StickerLimits
from popcon.check.report import Source
from popcon.check.rulebooks.base import formats, yes

_STILL_CANVAS = CanvasLimit(ranges=((2, 2, 370, 320),), even=True)


def _animated(source: Source, canvas: CanvasLimit) -> StickerLimits:
    return StickerLimits(
        formats=formats(source, "apng"),
        suffixes=Ruled((".png",), source),
        canvas=Ruled(canvas, source),
        bytes_max=Ruled(300_000, source),
        frames=Ruled(Span(5, 20), source),
        play_ms_max=Ruled(4_000, source),
        whole_seconds=Ruled((1, 2, 3, 4), source),
        plays=Ruled(Span(1, 4), source),
        total_ms_max=Ruled(4_000, source),
        frame_ms_min=Ruled(1, sources.LINE_MAKERS),
        rgb=yes(source),
        dpi_min=Ruled(72, source),
        alpha=yes(source),
        clear_background=yes(source),
        moving=yes(source),
        still_first=yes(sources.LINE_MAKERS),
        first_seen=yes(source),
    )


def _still(source: Source, bytes_max: int | None = None) -> StickerLimits:
    return StickerLimits(
        bytes_max=Ruled(bytes_max, source) if bytes_max else None,
        formats=formats(source, "png"),
        suffixes=Ruled((".png",), source),
        canvas=Ruled(_STILL_CANVAS, source),
        frames=Ruled(Span(1, 1), source),
        rgb=yes(source),
        dpi_min=Ruled(72, source),
        alpha=yes(source),
        clear_background=yes(source),
        first_seen=yes(source),
    )


def _stills(name: str, source: Source) -> Rulebook:
    """Return the rules of packs that hold nothing but stills."""
    return Rulebook(
        name,
        _still(source, 1_000_000),
        PackLimits(
            count=Ruled(Span(choices=(8, 16, 24, 32, 40)), source),
            names=Ruled(r"[0-9]{2}\.png", source),
            names_say="01.png, 02.png …",
            numbered=True,
            covers=(CoverLimits("main.png", ("png",), 240, 240, source, 1_000_000), _tab(source)),
            zip_bytes_max=Ruled(20_000_000, source),
            unique=yes(sources.LINE_MAKERS),
        ),
    )


def _tab(source: Source) -> CoverLimits:
    return CoverLimits("tab.png", ("png",), 96, 74, source, 300_000)


def _large(name: str) -> Rulebook:
    """Return the rules of pop-up and effect stickers: a still and an animation each."""
    source = sources.LINE_LARGE
    return Rulebook(
        name,
        StickerLimits(
            formats=formats(source, "apng"),
            suffixes=Ruled((".png",), source),
            canvas=Ruled(CanvasLimit(ranges=((480, 320, 480, 480), (200, 480, 480, 480))), source),
            bytes_max=Ruled(300_000, sources.LINE_MAKERS),
            frames=Ruled(Span(5, 20), source),
            play_ms_max=Ruled(3_000, source),
            plays=Ruled(Span(1, 3), source),
            total_ms_max=Ruled(3_000, source),
            frame_ms_min=Ruled(1, sources.LINE_MAKERS),
            rgb=yes(source),
            dpi_min=Ruled(72, source),
            alpha=yes(source),
            clear_background=yes(source),
            moving=yes(source),
            still_first=yes(sources.LINE_MAKERS),
            first_seen=yes(source),
        ),
        PackLimits(
            count=Ruled(Span(choices=(8, 16, 24)), source),
            names=Ruled(r"[0-9]{2}_animation\.png", sources.SHOWN, "warn"),
            names_say="01_animation.png … with 01.png … beside them",
            numbered=True,
            still_names=Ruled(r"[0-9]{2}\.png", sources.SHOWN),
            covers=(
                CoverLimits("main.png", ("png",), 240, 240, source, 300_000),
                CoverLimits("main_animation.png", ("apng",), 480, 480, source, 300_000, like_stickers=True),
                _tab(source),
            ),
            zip_bytes_max=Ruled(20_000_000, source),
            all_animated=yes(source),
            unique=yes(sources.LINE_MAKERS),
        ),
        still=_still(source),
    )


LINE: tuple[Rulebook, ...] = (
    Rulebook(
        "line-emoji",
        _animated(sources.LINE_EMOJI, CanvasLimit(exact=((180, 180),))),
        PackLimits(
            count=Ruled(Span(8, 40), sources.LINE_EMOJI),
            names=Ruled(r"[0-9]{3}\.png", sources.LINE_EMOJI),
            names_say="001.png, 002.png …",
            numbered=True,
            covers=(CoverLimits("tab.png", ("png",), 96, 74, sources.LINE_EMOJI),),
            zip_bytes_max=Ruled(20_000_000, sources.LINE_EMOJI),
            all_animated=yes(sources.LINE_EMOJI),
            unique=yes(sources.LINE_MAKERS),
        ),
    ),
    Rulebook(
        "line-sticker",
        _animated(sources.LINE_STICKER, CanvasLimit(within=(320, 270), one_side=270)),
        PackLimits(
            count=Ruled(Span(choices=(8, 16, 24)), sources.LINE_STICKER),
            names=Ruled(r"[0-9]{2}\.png", sources.LINE_STICKER),
            names_say="01.png, 02.png …",
            numbered=True,
            covers=(
                CoverLimits("main.png", ("apng",), 240, 240, sources.LINE_STICKER, 300_000, like_stickers=True),
                _tab(sources.LINE_STICKER),
            ),
            zip_bytes_max=Ruled(20_000_000, sources.LINE_STICKER),
            all_animated=yes(sources.LINE_STICKER),
            unique=yes(sources.LINE_MAKERS),
        ),
    ),
    _stills("line-still", sources.LINE_STILL),
    _stills("line-message", sources.LINE_MESSAGE),
    _large("line-popup"),
    _large("line-effect"),
)
