"""Declares what stores' submission forms ask for, and how long it may be."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A submission form.

    Arguments:
        title, description, creator, copyright: longest text, in units; None: it does not ask.
        wide_counts_two: full-width characters count two units.
        ascii_copyright: the copyright is letters, digits and spaces only.
        tags: most tags a sticker; None: it does not ask.
        asks_ai: it asks whether the work was made with AI.
        asks_process: it asks for evidence of human work, such as drafts.
        source: where the limits were read, and when.
        estimates: fields whose limit no source gives: a text that is short enough for any form.
        previews: pictures of the whole pack that it asks for, or that help to fill it in: (file name, width, height).
        steps: what has to be done, in order.
    """

    title: int | None
    description: int | None = None
    creator: int | None = None
    copyright: int | None = None
    wide_counts_two: bool = False
    ascii_copyright: bool = False
    tags: int | None = None
    asks_ai: bool = False
    asks_process: bool = False
    source: str = ""
    estimates: frozenset[str] = frozenset()
    previews: tuple[tuple[str, int, int], ...] = (("preview.png", 1024, 1024),)
    steps: tuple[str, ...] = ()

    def source_of(self, field: str) -> str:
        """Return where the limit of a field was read, or that it is an estimate."""
        return "estimate: look at the form" if field in self.estimates else self.source


_LINE = Form(
    title=40, description=160, creator=50, copyright=50, wide_counts_two=True, ascii_copyright=True, tags=9,
    asks_ai=True,
    source="LINE Creators Market, Creation Guidelines (official, 2026-11-28); tags: creators' accounts (2026-11-27)",
    steps=(
        "Register at LINE Creators Market and open a new submission of this kind.",
        "Enter title and description in English first, then in each other language (texts.csv).",
        "Enter creator name and copyright.",
        "Answer the question about AI as in ai.txt: it is shown as a label in the shop.",
        "Choose category, sales areas and price.",
        "Upload the ZIP; look at each sticker on a light and a dark chat in the preview.",
        "Enter up to 9 tags for each sticker (tags.csv).",
        "Request the review.",
    ),
)  # fmt: skip

_KAKAO = Form(
    title=40, description=200, creator=50, asks_ai=True, asks_process=True,
    estimates=frozenset(("title", "description", "creator")),
    steps=(
        "Read KakaoTalk's current terms on works made with AI: they have been restricted since 2023.",
        "Sign in at Kakao Emoticon Studio and begin a proposal of this kind.",
        "Enter title and description (texts.csv).",
        "Upload the files in their order; the ZIP holds them by number.",
        "Keep sketches and process records ready (process.json): they may be asked for.",
    ),
)  # fmt: skip

_TELEGRAM = Form(
    title=64, tags=20,
    source="Telegram, Bot API: createNewStickerSet, InputSticker (official, 2026-11-28)",
    steps=(
        "popcon publish JOB --to telegram sends the whole pack; or talk to @Stickers and send the files one by one.",
        "Give each sticker its emoji (tags.csv).",
    ),
)  # fmt: skip

FORMS: Mapping[str, Form] = {
    **dict.fromkeys(("line-emoji", "line-sticker", "line-still", "line-message", "line-popup", "line-effect"), _LINE),
    **dict.fromkeys(("kakao", "kakao-still"), _KAKAO),
    **dict.fromkeys(("telegram-sticker", "telegram-emoji"), _TELEGRAM),
    "wechat": Form(
        title=16, description=160, copyright=50, wide_counts_two=True, asks_ai=True, asks_process=True,
        estimates=frozenset(("title", "description", "copyright")),
        steps=(
            "Sign in at the WeChat sticker platform and begin a new album.",
            "Enter name and description in Chinese (texts.csv).",
            "Upload the GIFs and their thumbnails in the same order, then banner, cover and icon.",
            "Give each sticker the word that people type for it (tags.csv).",
            "Upload proof of authorship (process.json says what people did).",
        ),
    ),
    "whatsapp": Form(
        title=128, creator=128, tags=3,
        source="WhatsApp, sticker apps: README of the sample (official, 2026-11-27)",
        steps=(
            "Import the .wastickers file with a sticker app, or put the ZIP's files into your own sticker app.",
            "Publish the app in the stores; WhatsApp itself takes no packs.",
        ),
    ),
    "signal": Form(
        title=128, creator=128, estimates=frozenset(("title", "creator")),
        steps=("Open Signal Desktop, File, Create/upload sticker pack; upload the files, give each its emoji.",),
    ),
    "imessage": Form(
        title=30, description=4000,
        source="Apple, App Store Connect: app information (official, 2026-11-28); description: guides (2026-11-28)",
        # of the largest phones, the only screenshots that are always asked for
        previews=(("preview.png", 1024, 1024), ("screenshot-6.9-inch.png", 1260, 2736)),
        steps=(
            "Open the project of the ZIP in Xcode; set team and bundle identifier.",
            "Run it in the simulator, archive it, upload it to App Store Connect.",
            "Enter name and description (texts.csv) and screenshots.",
        ),
    ),
}  # fmt: skip
