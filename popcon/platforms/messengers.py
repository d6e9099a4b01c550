"""Declares the sticker platforms of messengers other than LINE. KB are 1024 bytes where the platform says so itself,
and 1000 bytes elsewhere, which satisfies both readings."""

from popcon.platforms.model import Canvas, Cover, PackRules, Platform, StillRules, Timing

KIB = 1024
KAKAO_NOTICE = "KakaoTalk has restricted works made with AI since 2023: ask before weeks go into a proposal."

_TELEGRAM_TIMING = Timing(max_play_ms=3000, max_fps=30)
_KAKAO_CANVAS = Canvas(kind="exact", width=360, height=360)

MESSENGERS: tuple[Platform, ...] = (
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
        official=frozenset(("canvas", "format", "frames", "duration", "loops", "bytes")),
    ),
    Platform(
        name="telegram-emoji",
        title="Telegram video emoji",
        canvas=Canvas(kind="exact", width=100, height=100),
        formats=("webm",),
        timing=_TELEGRAM_TIMING,
        max_bytes=256_000,
        pack=PackRules(max_count=200, file_stem="{number:03d}", min_tags=1, max_tags=20),
        official=frozenset(("canvas", "format", "frames", "duration", "loops", "bytes", "pack")),
    ),
    Platform(
        name="whatsapp",
        title="WhatsApp animated sticker",
        canvas=Canvas(kind="exact", width=512, height=512),
        formats=("webp",),
        timing=Timing(min_frames=2, min_frame_ms=8, max_play_ms=10_000),
        max_bytes=500 * KIB,
        must_move=True,
        ends_on_first=True,
        # recommended by the sample's README, so that stickers stand out on any chat
        stroke_px=8,
        pack=PackRules(
            min_count=3,
            max_count=30,
            file_stem="{number:02d}",
            covers=(Cover(name="tray.png", width=96, height=96, format="png", max_bytes=50 * KIB),),
            manifest="contents.json",
            min_tags=1,
            max_tags=3,
            all_animated=True,
        ),
        official=frozenset(
            ("canvas", "format", "frames", "duration", "loops", "first_frame", "bytes", "pack", "names")
        ),
    ),
    Platform(
        name="signal",
        title="Signal animated sticker",
        canvas=Canvas(kind="exact", width=512, height=512),
        formats=("apng",),
        timing=Timing(max_play_ms=3000),
        max_bytes=300 * KIB,
        indexed=False,
        pack=PackRules(max_count=200, file_stem="{number:03d}", min_tags=1, max_tags=1),
        official=frozenset(("canvas", "bytes", "pack")),
    ),
    Platform(
        name="imessage",
        title="iMessage animated sticker",
        canvas=Canvas(kind="choices", width=408, height=408, sizes=((300, 300), (408, 408), (618, 618))),
        formats=("apng", "gif"),
        max_bytes=500_000,
        pack=PackRules(file_stem="{number:03d}"),
        official=frozenset(("canvas", "format", "bytes")),
    ),
    Platform(
        name="kakao",
        title="KakaoTalk animated emoticon proposal",
        canvas=_KAKAO_CANVAS,
        formats=("gif",),
        timing=Timing(max_frames=24),
        max_bytes=2_000_000,
        background="#ffffff",
        still=StillRules(canvas=_KAKAO_CANVAS, max_bytes=150_000, count=21),
        notices=(KAKAO_NOTICE,),
        pack=PackRules(min_count=24, max_count=24, file_stem="{number:02d}"),
    ),
    Platform(
        name="kakao-still",
        title="KakaoTalk still emoticon proposal",
        canvas=_KAKAO_CANVAS,
        formats=("png",),
        timing=Timing(max_frames=1),
        max_bytes=150_000,
        needs_alpha=True,
        notices=(KAKAO_NOTICE,),
        pack=PackRules(min_count=32, max_count=32, file_stem="{number:02d}"),
    ),
    Platform(
        name="wechat",
        title="WeChat animated sticker",
        canvas=Canvas(kind="exact", width=240, height=240),
        formats=("gif",),
        max_bytes=500_000,
        gif_edges="dithered",
        pack=PackRules(
            min_count=8,
            max_count=24,
            counts=(8, 16, 24),
            file_stem="{number:02d}",
            covers=(
                Cover(name="thumb-{number:02d}.png", width=120, height=120, format="png", max_bytes=50_000, each=True),
                Cover(name="banner.png", width=750, height=400, format="png", opaque=True),
                Cover(name="cover.png", width=240, height=240, format="png"),
                Cover(name="icon.png", width=50, height=50, format="png", max_bytes=100_000),
            ),
        ),
    ),
)
