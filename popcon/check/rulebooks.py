"""Every platform's rules, official or not, each with where it was read. 1 KB is held to 1000 bytes: most pages do
not say which they mean, and the smaller reading satisfies both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from popcon.check import sources
from popcon.check.limits import CanvasLimit, CoverLimits, PackLimits, Rulebook, Ruled, Span, StickerLimits
from popcon.check.media import Kind
from popcon.check.report import Source
from popcon.errors import UnknownName


def _formats(source: Source, *kinds: Kind) -> Ruled[tuple[Kind, ...]]:
    return Ruled(kinds, source)


def _exact(source: Source, *sizes: tuple[int, int]) -> Ruled[CanvasLimit]:
    return Ruled(CanvasLimit(exact=sizes), source)


def _yes(source: Source, level: Literal["fail", "warn"] = "fail") -> Ruled[bool]:
    return Ruled(True, source, level)


def _line(source: Source, canvas: CanvasLimit, bytes_source: Source) -> StickerLimits:
    return StickerLimits(
        formats=_formats(source, "apng"),
        suffixes=Ruled((".png",), source),
        canvas=Ruled(canvas, source),
        bytes_max=Ruled(300_000, bytes_source),
        frames=Ruled(Span(5, 20), source),
        play_ms_max=Ruled(4_000, source),
        whole_seconds=Ruled((1, 2, 3, 4), source),
        plays=Ruled(Span(1, 4), source),
        total_ms_max=Ruled(4_000, source),
        frame_ms_min=Ruled(1, sources.LINE_MAKERS),
        rgb=_yes(source),
        dpi_min=Ruled(72, source),
        alpha=_yes(source),
        clear_background=_yes(source),
        moving=_yes(source),
        still_first=_yes(sources.LINE_MAKERS),
        first_seen=_yes(source),
    )


def _telegram(canvas: CanvasLimit) -> StickerLimits:
    return StickerLimits(
        formats=_formats(sources.TELEGRAM, "webm"),
        suffixes=Ruled((".webm",), sources.TELEGRAM),
        canvas=Ruled(canvas, sources.TELEGRAM),
        bytes_max=Ruled(256_000, sources.TELEGRAM),
        play_ms_max=Ruled(3_000, sources.TELEGRAM),
        fps_max=Ruled(30, sources.TELEGRAM),
        codec=Ruled("V_VP9", sources.TELEGRAM),
        alpha=_yes(sources.TELEGRAM),
        clear_background=_yes(sources.SHOWN, "warn"),
        moving=_yes(sources.SHOWN),
        first_seen=_yes(sources.SHOWN, "warn"),
        loops_well=_yes(sources.TELEGRAM, "warn"),
        silent=_yes(sources.TELEGRAM),
    )


def _plain(name: str, kind: Kind, *suffixes: str) -> Rulebook:
    """A format for everything else: sound, and nothing more."""
    return Rulebook(
        name,
        StickerLimits(formats=_formats(sources.PLAIN, kind), suffixes=Ruled(suffixes, sources.PLAIN, "warn")),
        PackLimits(
            count=Ruled(Span(1, None), sources.PLAIN),
            names=Ruled(_FREE_NAMES, sources.PLAIN, "warn"),
            names_say="a plain file name",
        ),
    )


_FREE_NAMES = r"[^/\\:*?\"<>|\x00-\x1f]+\.(png|gif|webp|webm)"

_ALL = (
    Rulebook(
        "line-emoji",
        _line(sources.LINE_EMOJI, CanvasLimit(exact=((180, 180),)), sources.LINE_MAKERS),
        PackLimits(
            count=Ruled(Span(8, 40), sources.LINE_EMOJI),
            names=Ruled(r"[0-9]{3}\.png", sources.LINE_EMOJI),
            names_say="001.png, 002.png …",
            numbered=True,
            covers=(CoverLimits("tab.png", ("png",), 96, 74, sources.LINE_EMOJI),),
            zip_bytes_max=Ruled(20_000_000, sources.LINE_EMOJI),
            all_animated=_yes(sources.LINE_EMOJI),
            unique=_yes(sources.LINE_MAKERS),
        ),
    ),
    Rulebook(
        "line-sticker",
        _line(sources.LINE_STICKER, CanvasLimit(within=(320, 270), one_side=270), sources.LINE_STICKER),
        PackLimits(
            count=Ruled(Span(choices=(8, 16, 24)), sources.LINE_STICKER),
            names=Ruled(r"[0-9]{2}\.png", sources.LINE_STICKER),
            names_say="01.png, 02.png …",
            numbered=True,
            covers=(
                CoverLimits("main.png", ("apng",), 240, 240, sources.LINE_STICKER, 300_000, like_stickers=True),
                CoverLimits("tab.png", ("png",), 96, 74, sources.LINE_STICKER, 300_000),
            ),
            zip_bytes_max=Ruled(20_000_000, sources.LINE_STICKER),
            all_animated=_yes(sources.LINE_STICKER),
            unique=_yes(sources.LINE_MAKERS),
        ),
    ),
    Rulebook(
        "telegram-sticker",
        _telegram(CanvasLimit(within=(512, 512), one_side=512)),
        PackLimits(
            count=Ruled(Span(1, 120), sources.TELEGRAM_BOT),
            names=Ruled(r".+\.webm", sources.TELEGRAM),
            names_say="any name, ending in .webm",
            covers=(
                CoverLimits("cover.webm", ("webm",), 100, 100, sources.TELEGRAM_BOT, 32_000, required=False),
                CoverLimits("cover.png", ("png",), 100, 100, sources.TELEGRAM_BOT, 128_000, required=False),
            ),
            manifest=Ruled("stickers.json", sources.TELEGRAM_BOT),
            manifest_required=False,
            tags=Ruled(Span(1, 20), sources.TELEGRAM_BOT),
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "telegram-emoji",
        _telegram(CanvasLimit(exact=((100, 100),))),
        PackLimits(
            count=Ruled(Span(1, 200), sources.TELEGRAM_BOT),
            names=Ruled(r".+\.webm", sources.TELEGRAM),
            names_say="any name, ending in .webm",
            manifest=Ruled("stickers.json", sources.TELEGRAM_BOT),
            manifest_required=False,
            tags=Ruled(Span(1, 20), sources.TELEGRAM_BOT),
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "whatsapp",
        StickerLimits(
            formats=_formats(sources.WHATSAPP, "webp"),
            suffixes=Ruled((".webp",), sources.WHATSAPP),
            canvas=_exact(sources.WHATSAPP, (512, 512)),
            bytes_max=Ruled(500_000, sources.WHATSAPP),
            frames=Ruled(Span(2, None), sources.WHATSAPP),
            play_ms_max=Ruled(10_000, sources.WHATSAPP),
            frame_ms_min=Ruled(8, sources.WHATSAPP),
            alpha=_yes(sources.WHATSAPP),
            clear_background=_yes(sources.WHATSAPP, "warn"),
            moving=_yes(sources.WHATSAPP),
            first_seen=_yes(sources.SHOWN, "warn"),
            ends_on_first=_yes(sources.WHATSAPP),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(3, 30), sources.WHATSAPP),
            names=Ruled(r".+\.webp", sources.WHATSAPP),
            names_say="any name, ending in .webp",
            covers=(CoverLimits("tray.png", ("png",), 96, 96, sources.WHATSAPP, 50_000),),
            manifest=Ruled("contents.json", sources.WHATSAPP),
            tags=Ruled(Span(1, 3), sources.WHATSAPP),
            all_animated=_yes(sources.WHATSAPP),
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "discord-sticker",
        StickerLimits(
            formats=_formats(sources.DISCORD, "apng", "gif"),
            suffixes=Ruled((".png", ".apng", ".gif"), sources.DISCORD),
            canvas=_exact(sources.DISCORD, (320, 320)),
            bytes_max=Ruled(512_000, sources.DISCORD),
            play_ms_max=Ruled(5_000, sources.DISCORD),
            alpha=_yes(sources.SHOWN, "warn"),
            clear_background=_yes(sources.SHOWN, "warn"),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
            steady_delays=Ruled(20, sources.VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(r"[A-Za-z0-9_-]{2,30}\.(png|apng|gif)", sources.DISCORD),
            names_say="2 to 30 letters, digits, _ or -",
            manifest=Ruled("stickers.json", sources.DISCORD),
            manifest_required=False,
            tags=Ruled(Span(1, 1), sources.DISCORD),
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "discord-emoji",
        StickerLimits(
            formats=_formats(sources.DISCORD_EMOJI, "webp", "gif"),
            suffixes=Ruled((".webp", ".gif"), sources.DISCORD_EMOJI),
            canvas=_exact(sources.DISCORD_EMOJI, (128, 128)),
            bytes_max=Ruled(256_000, sources.DISCORD_EMOJI),
            alpha=_yes(sources.SHOWN, "warn"),
            clear_background=_yes(sources.SHOWN, "warn"),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
            steady_delays=Ruled(20, sources.VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(r"[A-Za-z0-9_]{2,32}\.(webp|gif)", sources.DISCORD_EMOJI),
            names_say="2 to 32 letters, digits or _",
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "slack",
        StickerLimits(
            formats=_formats(sources.SLACK, "gif"),
            suffixes=Ruled((".gif",), sources.SLACK),
            canvas=_exact(sources.SLACK, (128, 128)),
            bytes_max=Ruled(128_000, sources.SLACK),
            frames=Ruled(Span(1, 50), sources.SLACK),
            alpha=_yes(sources.SHOWN, "warn"),
            clear_background=_yes(sources.SHOWN, "warn"),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
            steady_delays=Ruled(20, sources.VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(r"[a-z0-9_-]{1,100}\.gif", sources.SLACK),
            names_say="1 to 100 lower-case letters, digits, _ or -",
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "signal",
        StickerLimits(
            formats=_formats(sources.SIGNAL, "apng"),
            suffixes=Ruled((".png", ".apng"), sources.SIGNAL),
            canvas=_exact(sources.SIGNAL, (512, 512)),
            bytes_max=Ruled(300_000, sources.SIGNAL),
            play_ms_max=Ruled(3_000, sources.SIGNAL),
            truecolour=_yes(sources.SIGNAL),
            alpha=_yes(sources.SHOWN, "warn"),
            clear_background=_yes(sources.SHOWN, "warn"),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, 200), sources.SIGNAL),
            names=Ruled(r".+\.a?png", sources.SIGNAL),
            names_say="any name, ending in .png",
            manifest=Ruled("manifest.json", sources.SIGNAL),
            manifest_required=False,
            tags=Ruled(Span(1, 1), sources.SIGNAL),
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "imessage",
        StickerLimits(
            formats=_formats(sources.IMESSAGE, "apng", "gif"),
            suffixes=Ruled((".png", ".apng", ".gif"), sources.IMESSAGE),
            canvas=_exact(sources.IMESSAGE, (300, 300), (408, 408), (618, 618)),
            bytes_max=Ruled(500_000, sources.IMESSAGE),
            alpha=_yes(sources.SHOWN, "warn"),
            clear_background=_yes(sources.SHOWN, "warn"),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
            steady_delays=Ruled(20, sources.VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(r".+\.(png|apng|gif)", sources.IMESSAGE),
            names_say="any name, ending in .png or .gif",
            manifest=Ruled("Contents.json", sources.IMESSAGE),
            manifest_required=False,
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "kakao",
        StickerLimits(
            formats=_formats(sources.KAKAO, "gif"),
            suffixes=Ruled((".gif",), sources.KAKAO),
            canvas=_exact(sources.KAKAO, (360, 360)),
            bytes_max=Ruled(2_000_000, sources.KAKAO),
            frames=Ruled(Span(1, 24), sources.KAKAO),
            moving=_yes(sources.SHOWN, "warn"),
            first_seen=_yes(sources.SHOWN, "warn"),
            plays=Ruled(Span(0, 0), sources.SHOWN, "warn"),
            steady_delays=Ruled(20, sources.VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(24, 24), sources.KAKAO),
            names=Ruled(r"[0-9]{2}\.gif", sources.SHOWN, "warn"),
            names_say="01.gif, 02.gif …",
            numbered=True,
            unique=_yes(sources.SHOWN, "warn"),
        ),
    ),
    _plain("gif", "gif", ".gif"),
    _plain("apng", "apng", ".png", ".apng"),
    _plain("webp", "webp", ".webp"),
)

RULEBOOKS: Mapping[str, Rulebook] = MappingProxyType({book.platform: book for book in _ALL})


def rulebook(platform: str) -> Rulebook:
    """The rules of a platform.

    Raises:
        UnknownName: there is none of this name; the message lists them.
    """
    if platform not in RULEBOOKS:
        raise UnknownName("platform", platform, tuple(RULEBOOKS))
    return RULEBOOKS[platform]
