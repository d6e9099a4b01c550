"""Writes the rules of communities' and workplaces' emoji and stickers down, and of the plain formats."""

from popcon.check import sources
from popcon.check.limits import CanvasLimit, PackLimits, Rulebook, Ruled, Span, StickerLimits
from popcon.check.rulebooks.base import ENDLESS, HOPED, STEADY, emoji, exact, formats, plain, yes

_SHORTCODE = r"[a-zA-Z0-9_]{2,64}"
_SHORTCODE_SAY = "2 to 64 letters, digits or _"

COMMUNITIES: tuple[Rulebook, ...] = (
    Rulebook(
        "discord-sticker",
        StickerLimits(
            formats=formats(sources.DISCORD, "apng", "gif"),
            suffixes=Ruled((".png", ".apng", ".gif"), sources.DISCORD),
            canvas=exact(sources.DISCORD_USERS, (320, 320)),
            bytes_max=Ruled(524_288, sources.DISCORD),
            play_ms_max=Ruled(5_000, sources.DISCORD_USERS),
            plays=ENDLESS,
            steady_delays=STEADY,
            alpha=HOPED,
            clear_background=HOPED,
            moving=HOPED,
            first_seen=HOPED,
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(r"[A-Za-z0-9_-]{2,30}\.(png|apng|gif)", sources.DISCORD),
            names_say="2 to 30 letters, digits, _ or -",
            manifest=Ruled("stickers.json", sources.DISCORD),
            manifest_required=False,
            tags=Ruled(Span(1, 1), sources.DISCORD),
            unique=yes(sources.SHOWN, "warn"),
        ),
    ),
    emoji(
        "discord-emoji", sources.DISCORD_EMOJI, exact(sources.DISCORD_EMOJI_USERS, (128, 128)),
        formats(sources.DISCORD_EMOJI, "webp", "gif"), (".webp", ".gif"), Ruled(262_144, sources.DISCORD_EMOJI),
        r"[A-Za-z0-9_]{2,32}", "2 to 32 letters, digits or _", sources.DISCORD_EMOJI,
    ),
    emoji(
        "slack", sources.SLACK, exact(sources.SLACK, (128, 128)), formats(sources.SLACK, "gif"), (".gif",),
        Ruled(128_000, sources.SLACK), r"[a-z0-9_-]{1,100}", "1 to 100 lower-case letters, digits, _ or -",
        sources.SLACK, frames=Ruled(Span(1, 50), sources.SLACK),
    ),
    emoji(
        "twitch", sources.TWITCH,
        Ruled(CanvasLimit(squares=(112, 4096), exact=((28, 28), (56, 56), (112, 112))), sources.TWITCH),
        formats(sources.TWITCH, "gif"), (".gif",), Ruled(1_000_000, sources.TWITCH), r"[A-Za-z0-9_]{1,64}",
        "letters, digits or _", sources.SHOWN, frames=Ruled(Span(1, 60), sources.TWITCH),
    ),
    emoji(
        "google-chat", sources.GOOGLE_CHAT, Ruled(CanvasLimit(squares=(64, 500)), sources.GOOGLE_CHAT),
        formats(sources.GOOGLE_CHAT, "gif", "png"), (".gif", ".png"), Ruled(255_999, sources.GOOGLE_CHAT),
        r"[a-z0-9]+([_-][a-z0-9]+)*", "lower-case letters and digits, single _ or - between", sources.GOOGLE_CHAT,
    ),
    emoji(
        "teams", sources.TEAMS, None, formats(sources.TEAMS, "gif", "png"), (".gif", ".png"),
        Ruled(256_000, sources.TEAMS), r"[a-z0-9_-]{1,64}", "1 to 64 lower-case letters, digits, _ or -",
        sources.SHOWN,
    ),
    emoji(
        "mastodon", sources.FEDIVERSE, exact(sources.FEDIVERSE, (128, 128)),
        formats(sources.FEDIVERSE, "webp", "apng", "gif"), (".webp", ".png", ".gif"),
        Ruled(50_000, sources.FEDIVERSE), _SHORTCODE, _SHORTCODE_SAY, sources.FEDIVERSE,
    ),
    emoji(
        "misskey", sources.FEDIVERSE, exact(sources.FEDIVERSE, (128, 128)),
        formats(sources.FEDIVERSE, "webp", "apng", "gif"), (".webp", ".png", ".gif"),
        Ruled(50_000, sources.FEDIVERSE), _SHORTCODE, _SHORTCODE_SAY, sources.FEDIVERSE,
        manifest=Ruled("meta.json", sources.FEDIVERSE),
    ),
    plain("gif", "gif", ".gif"),
    plain("apng", "apng", ".png", ".apng"),
    plain("webp", "webp", ".webp"),
)  # fmt: skip
