"""Every platform's rules, official or not, each with where it was read. 1 KB is held to 1000 bytes: most pages do
not say which they mean, and the smaller reading satisfies both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from popcon.check.limits import CanvasLimit, CoverLimits, PackLimits, Rulebook, Ruled, Span, StickerLimits
from popcon.check.media import Kind
from popcon.check.report import Source
from popcon.errors import UnknownName


def _official(page: str) -> Source:
    return Source(kind="official", page=page)


def _secondary(page: str) -> Source:
    return Source(kind="secondary", page=page)


def _ours(page: str) -> Source:
    return Source(kind="ours", page=page)


_LINE_EMOJI = _official("LINE Creators Market, Creation Guidelines: Animated Emoji")
_LINE_STICKER = _official("LINE Creators Market, Creation Guidelines: Animated Stickers")
_LINE_MAKERS = _secondary("LINE creators' accounts of upload errors and review")
_TELEGRAM = _official("Telegram, Stickers: Video Stickers and Emoji")
_TELEGRAM_BOT = _official("Telegram, Bot API: InputSticker, addStickerToSet, setStickerSetThumbnail")
_WHATSAPP = _official("WhatsApp, sticker apps: sticker art and app requirements")
_DISCORD = _secondary("descriptions of Discord's API: Create Guild Sticker")
_DISCORD_EMOJI = _secondary("descriptions of Discord's API: Create Guild Emoji")
_SLACK = _secondary("Slack users' guides to custom emoji")
_SIGNAL = _secondary("Signal sticker makers' guides")
_IMESSAGE = _official("Apple, Messages sticker packs: Human Interface Guidelines and Xcode's asset catalogues")
_KAKAO = _secondary("Kakao Emoticon Studio, as its proposers describe it")
_PLAIN = _ours("the format that was asked for")
_SHOWN = _ours("what a sticker is for: it moves, it stands free, its first picture says what it is")
_VIEWERS = _secondary("behaviour of browsers and chat clients with GIF delays below 20 ms")


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
        frame_ms_min=Ruled(1, _LINE_MAKERS),
        rgb=_yes(source),
        dpi_min=Ruled(72, source),
        alpha=_yes(source),
        clear_background=_yes(source),
        moving=_yes(source),
        still_first=_yes(_LINE_MAKERS),
        first_seen=_yes(source),
    )


def _telegram(canvas: CanvasLimit) -> StickerLimits:
    return StickerLimits(
        formats=_formats(_TELEGRAM, "webm"),
        suffixes=Ruled((".webm",), _TELEGRAM),
        canvas=Ruled(canvas, _TELEGRAM),
        bytes_max=Ruled(256_000, _TELEGRAM),
        play_ms_max=Ruled(3_000, _TELEGRAM),
        fps_max=Ruled(30, _TELEGRAM),
        codec=Ruled("V_VP9", _TELEGRAM),
        alpha=_yes(_TELEGRAM),
        clear_background=_yes(_SHOWN, "warn"),
        moving=_yes(_SHOWN),
        first_seen=_yes(_SHOWN, "warn"),
        loops_well=_yes(_TELEGRAM, "warn"),
        silent=_yes(_TELEGRAM),
    )


def _plain(name: str, kind: Kind, *suffixes: str) -> Rulebook:
    """A format for everything else: sound, and nothing more."""
    return Rulebook(
        name,
        StickerLimits(formats=_formats(_PLAIN, kind), suffixes=Ruled(suffixes, _PLAIN, "warn")),
        PackLimits(
            count=Ruled(Span(1, None), _PLAIN),
            names=Ruled(_FREE_NAMES, _PLAIN, "warn"),
            names_say="a plain file name",
        ),
    )


_FREE_NAMES = r"[^/\\:*?\"<>|\x00-\x1f]+\.(png|gif|webp|webm)"

_ALL = (
    Rulebook(
        "line-emoji",
        _line(_LINE_EMOJI, CanvasLimit(exact=((180, 180),)), _LINE_MAKERS),
        PackLimits(
            count=Ruled(Span(8, 40), _LINE_EMOJI),
            names=Ruled(r"[0-9]{3}\.png", _LINE_EMOJI),
            names_say="001.png, 002.png …",
            numbered=True,
            covers=(CoverLimits("tab.png", ("png",), 96, 74, _LINE_EMOJI),),
            zip_bytes_max=Ruled(20_000_000, _LINE_EMOJI),
            all_animated=_yes(_LINE_EMOJI),
            unique=_yes(_LINE_MAKERS),
        ),
    ),
    Rulebook(
        "line-sticker",
        _line(_LINE_STICKER, CanvasLimit(within=(320, 270), one_side=270), _LINE_STICKER),
        PackLimits(
            count=Ruled(Span(choices=(8, 16, 24)), _LINE_STICKER),
            names=Ruled(r"[0-9]{2}\.png", _LINE_STICKER),
            names_say="01.png, 02.png …",
            numbered=True,
            covers=(
                CoverLimits("main.png", ("apng",), 240, 240, _LINE_STICKER, 300_000, like_stickers=True),
                CoverLimits("tab.png", ("png",), 96, 74, _LINE_STICKER, 300_000),
            ),
            zip_bytes_max=Ruled(20_000_000, _LINE_STICKER),
            all_animated=_yes(_LINE_STICKER),
            unique=_yes(_LINE_MAKERS),
        ),
    ),
    Rulebook(
        "telegram-sticker",
        _telegram(CanvasLimit(within=(512, 512), one_side=512)),
        PackLimits(
            count=Ruled(Span(1, 120), _TELEGRAM_BOT),
            names=Ruled(r".+\.webm", _TELEGRAM),
            names_say="any name, ending in .webm",
            covers=(
                CoverLimits("cover.webm", ("webm",), 100, 100, _TELEGRAM_BOT, 32_000, required=False),
                CoverLimits("cover.png", ("png",), 100, 100, _TELEGRAM_BOT, 128_000, required=False),
            ),
            manifest=Ruled("stickers.json", _TELEGRAM_BOT),
            manifest_required=False,
            tags=Ruled(Span(1, 20), _TELEGRAM_BOT),
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "telegram-emoji",
        _telegram(CanvasLimit(exact=((100, 100),))),
        PackLimits(
            count=Ruled(Span(1, 200), _TELEGRAM_BOT),
            names=Ruled(r".+\.webm", _TELEGRAM),
            names_say="any name, ending in .webm",
            manifest=Ruled("stickers.json", _TELEGRAM_BOT),
            manifest_required=False,
            tags=Ruled(Span(1, 20), _TELEGRAM_BOT),
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "whatsapp",
        StickerLimits(
            formats=_formats(_WHATSAPP, "webp"),
            suffixes=Ruled((".webp",), _WHATSAPP),
            canvas=_exact(_WHATSAPP, (512, 512)),
            bytes_max=Ruled(500_000, _WHATSAPP),
            frames=Ruled(Span(2, None), _WHATSAPP),
            play_ms_max=Ruled(10_000, _WHATSAPP),
            frame_ms_min=Ruled(8, _WHATSAPP),
            alpha=_yes(_WHATSAPP),
            clear_background=_yes(_WHATSAPP, "warn"),
            moving=_yes(_WHATSAPP),
            first_seen=_yes(_SHOWN, "warn"),
            ends_on_first=_yes(_WHATSAPP),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(3, 30), _WHATSAPP),
            names=Ruled(r".+\.webp", _WHATSAPP),
            names_say="any name, ending in .webp",
            covers=(CoverLimits("tray.png", ("png",), 96, 96, _WHATSAPP, 50_000),),
            manifest=Ruled("contents.json", _WHATSAPP),
            tags=Ruled(Span(1, 3), _WHATSAPP),
            all_animated=_yes(_WHATSAPP),
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "discord-sticker",
        StickerLimits(
            formats=_formats(_DISCORD, "apng", "gif"),
            suffixes=Ruled((".png", ".apng", ".gif"), _DISCORD),
            canvas=_exact(_DISCORD, (320, 320)),
            bytes_max=Ruled(512_000, _DISCORD),
            play_ms_max=Ruled(5_000, _DISCORD),
            alpha=_yes(_SHOWN, "warn"),
            clear_background=_yes(_SHOWN, "warn"),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
            steady_delays=Ruled(20, _VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), _SHOWN),
            names=Ruled(r"[A-Za-z0-9_-]{2,30}\.(png|apng|gif)", _DISCORD),
            names_say="2 to 30 letters, digits, _ or -",
            manifest=Ruled("stickers.json", _DISCORD),
            manifest_required=False,
            tags=Ruled(Span(1, 1), _DISCORD),
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "discord-emoji",
        StickerLimits(
            formats=_formats(_DISCORD_EMOJI, "webp", "gif"),
            suffixes=Ruled((".webp", ".gif"), _DISCORD_EMOJI),
            canvas=_exact(_DISCORD_EMOJI, (128, 128)),
            bytes_max=Ruled(256_000, _DISCORD_EMOJI),
            alpha=_yes(_SHOWN, "warn"),
            clear_background=_yes(_SHOWN, "warn"),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
            steady_delays=Ruled(20, _VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), _SHOWN),
            names=Ruled(r"[A-Za-z0-9_]{2,32}\.(webp|gif)", _DISCORD_EMOJI),
            names_say="2 to 32 letters, digits or _",
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "slack",
        StickerLimits(
            formats=_formats(_SLACK, "gif"),
            suffixes=Ruled((".gif",), _SLACK),
            canvas=_exact(_SLACK, (128, 128)),
            bytes_max=Ruled(128_000, _SLACK),
            frames=Ruled(Span(1, 50), _SLACK),
            alpha=_yes(_SHOWN, "warn"),
            clear_background=_yes(_SHOWN, "warn"),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
            steady_delays=Ruled(20, _VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), _SHOWN),
            names=Ruled(r"[a-z0-9_-]{1,100}\.gif", _SLACK),
            names_say="1 to 100 lower-case letters, digits, _ or -",
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "signal",
        StickerLimits(
            formats=_formats(_SIGNAL, "apng"),
            suffixes=Ruled((".png", ".apng"), _SIGNAL),
            canvas=_exact(_SIGNAL, (512, 512)),
            bytes_max=Ruled(300_000, _SIGNAL),
            play_ms_max=Ruled(3_000, _SIGNAL),
            truecolour=_yes(_SIGNAL),
            alpha=_yes(_SHOWN, "warn"),
            clear_background=_yes(_SHOWN, "warn"),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, 200), _SIGNAL),
            names=Ruled(r".+\.a?png", _SIGNAL),
            names_say="any name, ending in .png",
            manifest=Ruled("manifest.json", _SIGNAL),
            manifest_required=False,
            tags=Ruled(Span(1, 1), _SIGNAL),
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "imessage",
        StickerLimits(
            formats=_formats(_IMESSAGE, "apng", "gif"),
            suffixes=Ruled((".png", ".apng", ".gif"), _IMESSAGE),
            canvas=_exact(_IMESSAGE, (300, 300), (408, 408), (618, 618)),
            bytes_max=Ruled(500_000, _IMESSAGE),
            alpha=_yes(_SHOWN, "warn"),
            clear_background=_yes(_SHOWN, "warn"),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
            steady_delays=Ruled(20, _VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(1, None), _SHOWN),
            names=Ruled(r".+\.(png|apng|gif)", _IMESSAGE),
            names_say="any name, ending in .png or .gif",
            manifest=Ruled("Contents.json", _IMESSAGE),
            manifest_required=False,
            unique=_yes(_SHOWN, "warn"),
        ),
    ),
    Rulebook(
        "kakao",
        StickerLimits(
            formats=_formats(_KAKAO, "gif"),
            suffixes=Ruled((".gif",), _KAKAO),
            canvas=_exact(_KAKAO, (360, 360)),
            bytes_max=Ruled(2_000_000, _KAKAO),
            frames=Ruled(Span(1, 24), _KAKAO),
            moving=_yes(_SHOWN, "warn"),
            first_seen=_yes(_SHOWN, "warn"),
            plays=Ruled(Span(0, 0), _SHOWN, "warn"),
            steady_delays=Ruled(20, _VIEWERS, "warn"),
        ),
        PackLimits(
            count=Ruled(Span(24, 24), _KAKAO),
            names=Ruled(r"[0-9]{2}\.gif", _SHOWN, "warn"),
            names_say="01.gif, 02.gif …",
            numbered=True,
            unique=_yes(_SHOWN, "warn"),
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
