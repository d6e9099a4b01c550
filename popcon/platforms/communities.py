"""Declares the emoji and sticker platforms of communities and workplaces, and the plain formats without any limits."""

from popcon.platforms.messengers import KIB
from popcon.platforms.model import Canvas, Format, PackRules, Platform, Timing

_SMALL = Canvas(kind="exact", width=128, height=128)
_SHORTCODE = r"[a-zA-Z0-9_]{2,64}"


def _plain(name: Format, title: str) -> Platform:
    """Return a format for everything else."""
    return Platform(
        name=name,
        title=title,
        canvas=Canvas(kind="free", width=480, height=480),
        formats=(name,),
        pack=PackRules(file_stem="{number:02d}-{name}"),
    )


COMMUNITIES: tuple[Platform, ...] = (
    Platform(
        name="discord-sticker",
        title="Discord sticker",
        canvas=Canvas(kind="exact", width=320, height=320),
        formats=("apng", "gif"),
        timing=Timing(max_play_ms=5000),
        max_bytes=512 * KIB,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[A-Za-z0-9_-]{2,30}", min_tags=1, max_tags=1),
        official=frozenset(("format", "bytes", "names", "pack")),
    ),
    Platform(
        name="discord-emoji",
        title="Discord emoji",
        canvas=_SMALL,
        # WebP first: one-bit alpha alone caps a 128-px GIF's fidelity.
        formats=("webp", "gif"),
        max_bytes=256 * KIB,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[A-Za-z0-9_]{2,32}"),
        official=frozenset(("format", "bytes", "names")),
    ),
    Platform(
        name="slack",
        title="Slack emoji",
        canvas=_SMALL,
        formats=("gif",),
        timing=Timing(max_frames=50),
        max_bytes=128_000,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[a-z0-9_-]{1,100}"),
    ),
    Platform(
        name="twitch",
        title="Twitch animated emote",
        canvas=Canvas(
            kind="square", width=112, height=112, least=112, most=4096, sizes=((28, 28), (56, 56), (112, 112))
        ),
        formats=("gif",),
        timing=Timing(max_frames=60),
        max_bytes=1_000_000,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[A-Za-z0-9_]{1,64}"),
    ),
    Platform(
        name="google-chat",
        title="Google Chat custom emoji",
        canvas=Canvas(kind="square", width=128, height=128, least=64, most=500),
        formats=("gif", "png"),
        # "under 256 KB", in the smaller reading
        max_bytes=255_999,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[a-z0-9]+([_-][a-z0-9]+)*"),
        official=frozenset(("canvas", "format", "bytes")),
    ),
    Platform(
        name="teams",
        title="Microsoft Teams custom emoji",
        canvas=Canvas(kind="free", width=128, height=128),
        formats=("gif", "png"),
        max_bytes=256_000,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=r"[a-z0-9_-]{1,64}"),
        official=frozenset(("canvas", "format", "bytes")),
    ),
    Platform(
        name="mastodon",
        title="Mastodon custom emoji",
        canvas=_SMALL,
        formats=("webp", "apng", "gif"),
        max_bytes=50_000,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=_SHORTCODE),
    ),
    Platform(
        name="misskey",
        title="Misskey custom emoji",
        canvas=_SMALL,
        formats=("webp", "apng", "gif"),
        max_bytes=50_000,
        gif_edges="dithered",
        pack=PackRules(file_stem="{name}", name_pattern=_SHORTCODE, manifest="meta.json"),
    ),
)

PLAIN: tuple[Platform, ...] = (
    _plain("gif", "Animated GIF"),
    _plain("apng", "Animated PNG"),
    _plain("webp", "Animated WebP"),
)
