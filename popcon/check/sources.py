"""Where the platforms' rules were read."""

from popcon.check.report import Source


def _official(page: str) -> Source:
    return Source(kind="official", page=page)


def _secondary(page: str) -> Source:
    return Source(kind="secondary", page=page)


def _ours(page: str) -> Source:
    return Source(kind="ours", page=page)


LINE_EMOJI = _official("LINE Creators Market, Creation Guidelines: Animated Emoji")
LINE_STICKER = _official("LINE Creators Market, Creation Guidelines: Animated Stickers")
LINE_MAKERS = _secondary("LINE creators' accounts of upload errors and review")
TELEGRAM = _official("Telegram, Stickers: Video Stickers and Emoji")
TELEGRAM_BOT = _official("Telegram, Bot API: InputSticker, addStickerToSet, setStickerSetThumbnail")
WHATSAPP = _official("WhatsApp, sticker apps: sticker art and app requirements")
DISCORD = _secondary("descriptions of Discord's API: Create Guild Sticker")
DISCORD_EMOJI = _secondary("descriptions of Discord's API: Create Guild Emoji")
SLACK = _secondary("Slack users' guides to custom emoji")
SIGNAL = _secondary("Signal sticker makers' guides")
IMESSAGE = _official("Apple, Messages sticker packs: Human Interface Guidelines and Xcode's asset catalogues")
KAKAO = _secondary("Kakao Emoticon Studio, as its proposers describe it")
PLAIN = _ours("the format that was asked for")
SHOWN = _ours("what a sticker is for: it moves, it stands free, its first picture says what it is")
VIEWERS = _secondary("behaviour of browsers and chat clients with GIF delays below 20 ms")
