"""Lists where the platforms' rules were read, and when.

A date is the day on which a rule was last compared with its page. `popcon check` warns about rules that nobody looked
at for a year.
"""

from datetime import date

from popcon.check.report import Source

_FIRST = date(2026, 11, 21)
_AUTUMN = date(2026, 11, 27)
_COPIES = date(2026, 11, 28)
"""Pages of which a stored copy was read."""

LINE_EMOJI = Source(
    kind="official", page="LINE Creators Market, Creation Guidelines: Animated Emoji",
    seen=_AUTUMN,
)  # fmt: skip
LINE_STICKER = Source(
    kind="official", page="LINE Creators Market, Creation Guidelines: Animated Stickers",
    url="https://creator.line.me/en/guideline/animationsticker/", seen=_COPIES,
    disagrees="a newer secondary source says 1 MB a file and 60 MB a ZIP; LINE's own page says 300 KB and 20 MB",
)  # fmt: skip
LINE_LARGE = Source(
    kind="official", page="LINE Creators Market, Creation Guidelines: Pop-up and Effect Stickers",
    seen=_AUTUMN,
)  # fmt: skip
LINE_STILL = Source(
    kind="official", page="LINE Creators Market, Creation Guidelines: Stickers",
    url="https://creator.line.me/en/guideline/sticker/", seen=_COPIES,
)  # fmt: skip
LINE_MESSAGE = Source(
    kind="secondary", page="LINE's guidelines of message stickers, as a creator quotes them", seen=_COPIES,
    url="https://creator.line.me/ja/guideline/messagesticker/detail/",
)  # fmt: skip
LINE_MAKERS = Source(kind="secondary", page="LINE creators' accounts of upload errors and review", seen=_FIRST)
TELEGRAM = Source(
    kind="official", page="Telegram, Stickers: Video Stickers and Emoji",
    url="https://core.telegram.org/stickers", seen=_FIRST,
)  # fmt: skip
TELEGRAM_BOT = Source(
    kind="official", page="Telegram, Bot API: InputSticker, addStickerToSet, setStickerSetThumbnail",
    url="https://core.telegram.org/bots/api", seen=_FIRST,
)  # fmt: skip
WHATSAPP = Source(
    kind="official", page="WhatsApp, sticker apps: README of the sample (KB are 1024 bytes)",
    url="https://github.com/WhatsApp/stickers", seen=_AUTUMN,
)  # fmt: skip
DISCORD = Source(
    kind="official", page="Discord, API reference: Sticker resource (KB are 1024 bytes)",
    url="https://discord.com/developers/docs/resources/sticker", seen=_AUTUMN,
)  # fmt: skip
DISCORD_USERS = Source(kind="secondary", page="descriptions of Discord's sticker form", seen=_FIRST)
DISCORD_EMOJI = Source(
    kind="official", page="Discord, API reference: Emoji resource (KB are 1024 bytes)",
    url="https://discord.com/developers/docs/resources/emoji", seen=_AUTUMN,
)  # fmt: skip
DISCORD_EMOJI_USERS = Source(kind="secondary", page="descriptions of Discord's emoji form", seen=_FIRST)
SLACK = Source(kind="secondary", page="Slack users' guides to custom emoji", seen=_FIRST)
SIGNAL = Source(
    kind="official", page="Signal, its own source: sticker creator (KB are 1024 bytes)",
    url="https://github.com/signalapp/Signal-Desktop", seen=_AUTUMN,
)  # fmt: skip
SIGNAL_MAKERS = Source(kind="secondary", page="Signal sticker makers' guides", seen=_FIRST)
IMESSAGE = Source(
    kind="official", page="Apple, Messages sticker packs: Human Interface Guidelines and Xcode's asset catalogues",
    url="https://developer.apple.com/stickers/", seen=_FIRST,
)  # fmt: skip
KAKAO = Source(
    kind="secondary", page="five independent Korean guides to Kakao's proposals", seen=_AUTUMN,
    disagrees="older guides ask for 24 GIFs; the newer ones agree on 21 stills and 3 GIFs on white",
)  # fmt: skip
WECHAT = Source(
    kind="secondary", page="guides to WeChat's sticker platform", seen=_AUTUMN,
    disagrees="thumbnails: 200 KB in some guides, 50 KB in others; held to 50 KB",
)  # fmt: skip
TWITCH = Source(kind="secondary", page="guides to Twitch's animated emotes", seen=_AUTUMN)
GOOGLE_CHAT = Source(
    kind="official", page="Google Chat: custom emoji, and its API's customEmojis",
    url="https://developers.google.com/workspace/chat/api/reference/rest/v1/customEmojis", seen=_AUTUMN,
)  # fmt: skip
TEAMS = Source(kind="official", page="Microsoft Teams: custom emoji and reactions", seen=_AUTUMN)
FEDIVERSE = Source(kind="secondary", page="server defaults of Mastodon and Misskey", seen=_AUTUMN)
VIEWERS = Source(
    kind="secondary", page="behaviour of browsers and chat clients with GIF delays below 20 ms", seen=_FIRST
)
PLAIN = Source(kind="ours", page="the format that was asked for")
SHOWN = Source(kind="ours", page="what a sticker is for: it moves, it stands free, its first picture says what it is")
