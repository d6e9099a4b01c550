"""Names Unicode emoji as Discord does: a sticker's `tags` is the name of an emoji, not the emoji itself.

Source: Discord, API reference: Sticker resource. Names are those of its emoji picker, for the emoji that the presets
use; others get the name that Unicode gives them.
"""

import re
import unicodedata

_NAMES = {
    "👋": "wave", "😂": "joy", "🤣": "rofl", "😭": "sob", "😢": "cry", "😡": "rage", "💢": "anger", "😍": "heart_eyes",
    "❤": "heart", "😉": "wink", "🤸": "person_doing_cartwheel", "🎈": "balloon", "💃": "dancer", "🕺": "man_dancing",
    "🙇": "person_bowing", "👏": "clap", "😴": "sleeping", "💤": "zzz", "😲": "astonished", "❗": "exclamation",
    "🤔": "thinking", "❓": "question", "🎉": "tada", "🙌": "raised_hands", "🤗": "hugging", "🏃": "person_running",
    "💨": "dash", "😳": "flushed", "🥺": "pleading_face", "😎": "sunglasses", "🤢": "nauseated_face",
    "🤒": "face_with_thermometer", "😋": "yum", "🍔": "hamburger", "🙏": "pray", "💖": "sparkling_heart",
    "🌙": "crescent_moon", "😓": "sweat", "👌": "ok_hand", "👍": "thumbsup", "🙂": "slight_smile",
}  # fmt: skip


def emoji_name(emoji: str) -> str:
    """Return the name of an emoji, such as wave; a text that is a name already stays as it is."""
    plain = emoji.replace("\ufe0f", "")
    if plain in _NAMES:
        return _NAMES[plain]
    if re.fullmatch(r"[a-z0-9_]+", plain):
        return plain
    named = unicodedata.name(plain[0], "slight smile").lower() if plain else "slight smile"
    return re.sub(r"[^a-z0-9]+", "_", named).strip("_")
