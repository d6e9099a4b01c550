"""Declares LINE's products: emoji and the kinds of stickers.

LINE's own pages give 300 KB a file and 20 MB a ZIP. A newer secondary source gives 1 MB and 60 MB for stickers; the
smaller limits satisfy both.
"""

from popcon.platforms.model import Canvas, Cover, PackRules, Platform, Rule, StillRules, Timing

AI_NOTICE = "LINE labels works made with AI: its submission form asks, and an untrue answer can end the sale."
MESSAGE_NOTICE = (
    "People type up to 100 characters of their own on a message sticker: room is left below the character, and LINE's "
    "form asks where the text stands, in which font and colour."
)
FIRST_FRAME_NOTICE = "The first frame is the still in LINE's shop, so it has to carry the feeling by itself."

_TIMING = Timing(
    min_frames=5, max_frames=20, max_play_ms=4000, whole_seconds=True, max_total_ms=4000, max_loops=4, min_frame_ms=1
)
_LARGE_TIMING = Timing(min_frames=5, max_frames=20, max_play_ms=3000, max_total_ms=3000, max_loops=3, min_frame_ms=1)
_OFFICIAL: frozenset[Rule] = frozenset(
    ("canvas", "format", "colour", "frames", "duration", "loops", "bytes", "pack", "names")
)
_TAB = Cover(name="tab.png", width=96, height=74, format="png")
_ZIP = 20_000_000
_STILL = Canvas(kind="ranges", width=370, height=320, ranges=((2, 2, 370, 320),), even=True)


def _large(name: str, title: str) -> Platform:
    """Return pop-up or effect stickers: a still of at most 370x320 px and an animation of up to 480x480 px each."""
    return Platform(
        name=name,
        title=title,
        canvas=Canvas(kind="ranges", width=480, height=480, ranges=((480, 320, 480, 480), (200, 480, 480, 480))),
        formats=("apng",),
        timing=_LARGE_TIMING,
        max_bytes=300_000,
        needs_alpha=True,
        must_move=True,
        still_first=True,
        still=StillRules(canvas=_STILL, file_stem="{number:02d}"),
        notices=(AI_NOTICE, FIRST_FRAME_NOTICE),
        pack=PackRules(
            min_count=8,
            max_count=24,
            counts=(8, 16, 24),
            file_stem="{number:02d}_animation",
            covers=(
                Cover(name="main.png", width=240, height=240, format="png"),
                Cover(name="main_animation.png", width=480, height=480, format="apng"),
                _TAB,
            ),
            max_zip_bytes=_ZIP,
            all_animated=True,
        ),
        official=frozenset(("canvas", "format", "frames", "duration", "loops", "pack")),
    )


def _stills(name: str, title: str) -> Platform:
    """Return stickers that do not move."""
    return Platform(
        name=name,
        title=title,
        canvas=_STILL,
        formats=("png",),
        timing=Timing(max_frames=1),
        max_bytes=1_000_000,
        needs_alpha=True,
        notices=(AI_NOTICE,),
        pack=PackRules(
            min_count=8,
            max_count=40,
            counts=(8, 16, 24, 32, 40),
            file_stem="{number:02d}",
            covers=(Cover(name="main.png", width=240, height=240, format="png"), _TAB),
            max_zip_bytes=_ZIP,
        ),
    )


LINE: tuple[Platform, ...] = (
    Platform(
        name="line-emoji",
        title="LINE animated emoji",
        canvas=Canvas(kind="exact", width=180, height=180),
        formats=("apng",),
        timing=_TIMING,
        max_bytes=300_000,
        needs_alpha=True,
        must_move=True,
        still_first=True,
        notices=(AI_NOTICE, FIRST_FRAME_NOTICE),
        pack=PackRules(
            min_count=8, max_count=40, file_stem="{number:03d}", covers=(_TAB,), max_zip_bytes=_ZIP, all_animated=True
        ),
        official=_OFFICIAL,
    ),
    Platform(
        name="line-sticker",
        title="LINE animated sticker",
        canvas=Canvas(kind="within", width=320, height=270, reach=270),
        formats=("apng",),
        timing=_TIMING,
        max_bytes=300_000,
        needs_alpha=True,
        must_move=True,
        still_first=True,
        notices=(AI_NOTICE, FIRST_FRAME_NOTICE),
        pack=PackRules(
            min_count=8,
            max_count=24,
            counts=(8, 16, 24),
            file_stem="{number:02d}",
            covers=(Cover(name="main.png", width=240, height=240, format="apng"), _TAB),
            max_zip_bytes=_ZIP,
            all_animated=True,
        ),
        official=_OFFICIAL,
    ),
    _stills("line-still", "LINE still sticker").model_copy(
        update={"official": frozenset(("canvas", "format", "colour", "bytes", "pack"))}
    ),
    _stills("line-message", "LINE message sticker").model_copy(
        update={"text_room": True, "notices": (AI_NOTICE, MESSAGE_NOTICE)}
    ),
    _large("line-popup", "LINE pop-up sticker"),
    _large("line-effect", "LINE effect sticker"),
)
