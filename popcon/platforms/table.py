"""The platforms. A size in KB is held to 1 KB = 1000 B: most pages do not say which they mean, and a file that
fits the smaller reading fits both."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from popcon.errors import UnknownName
from popcon.platforms.model import Canvas, Cover, PackRules, Platform, Rule, Timing

_LINE_TIMING = Timing(
    min_frames=5, max_frames=20, max_play_ms=4000, whole_seconds=True, max_total_ms=4000, max_loops=4, min_frame_ms=1
)
_TELEGRAM_TIMING = Timing(max_play_ms=3000, max_fps=30)


def _exact(width: int, height: int) -> Canvas:
    return Canvas(kind="exact", width=width, height=height)


def _rules(*rules: Rule) -> frozenset[Rule]:
    return frozenset(rules)


_ALL: Iterable[Platform] = (
    Platform(
        name="line-emoji",
        title="LINE animated emoji",
        canvas=_exact(180, 180),
        formats=("apng",),
        timing=_LINE_TIMING,
        max_bytes=300_000,
        needs_alpha=True,
        must_move=True,
        still_first=True,
        pack=PackRules(
            min_count=8,
            max_count=40,
            file_stem="{number:03d}",
            covers=(Cover(name="tab.png", width=96, height=74, format="png"),),
            max_zip_bytes=20_000_000,
            all_animated=True,
        ),
        official=_rules("canvas", "format", "colour", "frames", "duration", "loops", "pack", "names"),
    ),
    Platform(
        name="line-sticker",
        title="LINE animated sticker",
        canvas=Canvas(kind="within", width=320, height=270, reach=270),
        formats=("apng",),
        timing=_LINE_TIMING,
        max_bytes=300_000,
        needs_alpha=True,
        must_move=True,
        still_first=True,
        pack=PackRules(
            min_count=8,
            max_count=24,
            counts=(8, 16, 24),
            file_stem="{number:02d}",
            covers=(
                Cover(name="main.png", width=240, height=240, format="apng"),
                Cover(name="tab.png", width=96, height=74, format="png"),
            ),
            max_zip_bytes=20_000_000,
            all_animated=True,
        ),
        official=_rules("canvas", "format", "colour", "frames", "duration", "loops", "bytes", "pack", "names"),
    ),
    Platform(
        name="telegram-sticker",
        title="Telegram video sticker",
        canvas=Canvas(kind="within", width=512, height=512, reach=512),
        formats=("webm",),
        timing=_TELEGRAM_TIMING,
        max_bytes=256_000,
        pack=PackRules(
            max_count=120,
            file_stem="{number:03d}",
            covers=(Cover(name="cover.webm", width=100, height=100, format="webm", max_bytes=32_000, required=False),),
            min_tags=1,
            max_tags=20,
        ),
        official=_rules("canvas", "format", "frames", "duration", "loops", "bytes"),
    ),
    Platform(
        name="telegram-emoji",
        title="Telegram video emoji",
        canvas=_exact(100, 100),
        formats=("webm",),
        timing=_TELEGRAM_TIMING,
        max_bytes=256_000,
        pack=PackRules(max_count=200, file_stem="{number:03d}", min_tags=1, max_tags=20),
        official=_rules("canvas", "format", "frames", "duration", "loops", "bytes", "pack"),
    ),
    Platform(
        name="whatsapp",
        title="WhatsApp animated sticker",
        canvas=_exact(512, 512),
        formats=("webp",),
        timing=Timing(min_frames=2, min_frame_ms=8, max_play_ms=10_000),
        max_bytes=500_000,
        must_move=True,
        ends_on_first=True,
        pack=PackRules(
            min_count=3,
            max_count=30,
            file_stem="{number:02d}",
            covers=(Cover(name="tray.png", width=96, height=96, format="png", max_bytes=50_000),),
            manifest="contents.json",
            min_tags=1,
            max_tags=3,
            all_animated=True,
        ),
        official=_rules("canvas", "format", "frames", "duration", "loops", "first_frame", "bytes", "pack", "names"),
    ),
    Platform(
        name="discord-sticker",
        title="Discord sticker",
        canvas=_exact(320, 320),
        formats=("apng", "gif"),
        timing=Timing(max_play_ms=5000),
        max_bytes=512_000,
        pack=PackRules(file_stem="{name}", name_pattern=r"[A-Za-z0-9_-]{2,30}", min_tags=1, max_tags=1),
    ),
    Platform(
        name="discord-emoji",
        title="Discord emoji",
        canvas=_exact(128, 128),
        # WebP first: one-bit alpha alone caps a 128-px GIF's fidelity.
        formats=("webp", "gif"),
        max_bytes=256_000,
        pack=PackRules(file_stem="{name}", name_pattern=r"[A-Za-z0-9_]{2,32}"),
    ),
    Platform(
        name="slack",
        title="Slack emoji",
        canvas=_exact(128, 128),
        formats=("gif",),
        timing=Timing(max_frames=50),
        max_bytes=128_000,
        pack=PackRules(file_stem="{name}", name_pattern=r"[a-z0-9_-]{1,100}"),
    ),
    Platform(
        name="signal",
        title="Signal animated sticker",
        canvas=_exact(512, 512),
        formats=("apng",),
        timing=Timing(max_play_ms=3000),
        max_bytes=300_000,
        indexed=False,
        pack=PackRules(max_count=200, file_stem="{number:03d}", min_tags=1, max_tags=1),
    ),
    Platform(
        name="imessage",
        title="iMessage animated sticker",
        canvas=Canvas(kind="choices", width=408, height=408, sizes=((300, 300), (408, 408), (618, 618))),
        formats=("apng", "gif"),
        max_bytes=500_000,
        pack=PackRules(file_stem="{number:03d}"),
        official=_rules("canvas", "format", "bytes"),
    ),
    Platform(
        name="kakao",
        title="KakaoTalk animated emoticon",
        canvas=_exact(360, 360),
        formats=("gif",),
        timing=Timing(max_frames=24),
        max_bytes=2_000_000,
        pack=PackRules(min_count=24, max_count=24, file_stem="{number:02d}"),
    ),
    Platform(
        name="gif",
        title="Animated GIF",
        canvas=Canvas(kind="free", width=480, height=480),
        formats=("gif",),
        pack=PackRules(file_stem="{number:02d}-{name}"),
    ),
    Platform(
        name="apng",
        title="Animated PNG",
        canvas=Canvas(kind="free", width=480, height=480),
        formats=("apng",),
        pack=PackRules(file_stem="{number:02d}-{name}"),
    ),
    Platform(
        name="webp",
        title="Animated WebP",
        canvas=Canvas(kind="free", width=480, height=480),
        formats=("webp",),
        pack=PackRules(file_stem="{number:02d}-{name}"),
    ),
)

PLATFORMS: Mapping[str, Platform] = MappingProxyType({each.name: each for each in _ALL})
"""All platforms by name, in the order in which they are shown."""


def platform(name: str) -> Platform:
    """Look a platform up.

    Raises:
        UnknownName: there is none of this name; the message lists them.
    """
    try:
        return PLATFORMS[name]
    except KeyError:
        raise UnknownName("platform", name, tuple(PLATFORMS)) from None
