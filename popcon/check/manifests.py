"""The files that list a pack: read within bounds into one shape, with what is wrong in them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_MAX_BYTES = 1_000_000
_IDENTIFIER = re.compile(r"[A-Za-z0-9_. -]{1,127}")
_LONGEST_SPOKEN = 255
"""Characters that WhatsApp reads of an animated sticker's accessibility_text."""

_LONGEST = 128
"""Characters that WhatsApp allows in a name or publisher."""


@dataclass
class Manifest:
    """What a manifest says of each sticker.

    Arguments:
        stickers: file name to its emoji tags.
        covers: file names of cover pictures that it names.
        problems: what is wrong, one sentence each.
    """

    stickers: dict[str, list[str]] = field(default_factory=dict)
    covers: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(platform: str, data: bytes) -> Manifest:
    """Read a platform's manifest; nothing is raised on broken ones."""
    manifest = Manifest()
    if len(data) > _MAX_BYTES:
        manifest.problems.append(f"{len(data)} bytes long, which is not read")
        return manifest
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        manifest.problems.append(f"no JSON: {error}"[:120])
        return manifest
    if platform == "whatsapp":
        _whatsapp(content, manifest)
    elif platform.startswith("telegram"):
        _telegram(content, manifest)
    elif platform == "signal":
        _signal(content, manifest)
    elif platform == "discord-sticker":
        _discord(content, manifest)
    elif platform == "misskey":
        _misskey(content, manifest)
    return manifest


def _entries(holder: Any, key: str, manifest: Manifest) -> list[dict[str, Any]]:
    """Return the list of objects under a key, whatever stands there instead noted."""
    entries = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(entries, list) or not entries:
        manifest.problems.append(f"no list of {key}")
        return []
    good = [each for each in entries if isinstance(each, dict)]
    if len(good) < len(entries):
        manifest.problems.append(f"{len(entries) - len(good)} of {key} are no objects")
    return good


def _text(holder: dict[str, Any], key: str, manifest: Manifest, longest: int = _LONGEST) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        manifest.problems.append(f"{key} is no text of 1 to {longest} characters")
        return ""
    return value


def _sticker(manifest: Manifest, name: Any, tags: Any) -> None:
    if not isinstance(name, str) or not name:
        manifest.problems.append("a sticker without a file")
    elif name in manifest.stickers:
        manifest.problems.append(f"{name[:80]!r} is listed twice")
    else:
        good = isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
        if not good:
            manifest.problems.append(f"the emoji of {name[:80]!r} are no list of texts")
        manifest.stickers[name] = tags if good else []


def _whatsapp(content: Any, manifest: Manifest) -> None:
    packs = _entries(content, "sticker_packs", manifest)
    for pack in packs[:10]:
        if not _IDENTIFIER.fullmatch(_text(pack, "identifier", manifest)) or ".." in pack["identifier"]:
            manifest.problems.append("the identifier has characters other than letters, digits, _ - . and space")
        _text(pack, "name", manifest)
        _text(pack, "publisher", manifest)
        manifest.covers.append(_text(pack, "tray_image_file", manifest))
        if pack.get("animated_sticker_pack") is not True:
            manifest.problems.append("animated_sticker_pack is not true")
        _text(pack, "image_data_version", manifest)
        for sticker in _entries(pack, "stickers", manifest):
            _sticker(manifest, sticker.get("image_file"), sticker.get("emojis", []))
            spoken = sticker.get("accessibility_text")
            if not isinstance(spoken, str) or not 0 < len(spoken) <= _LONGEST_SPOKEN:
                manifest.problems.append(
                    f"the accessibility_text of {str(sticker.get('image_file'))[:80]!r} is no text of 1 to "
                    f"{_LONGEST_SPOKEN} characters"
                )


def _telegram(content: Any, manifest: Manifest) -> None:
    if isinstance(content, dict):
        _text(content, "title", manifest, 64)
    for sticker in _entries(content, "stickers", manifest):
        if sticker.get("format") != "video":
            manifest.problems.append("a sticker whose format is not video")
        _sticker(manifest, sticker.get("sticker"), sticker.get("emoji_list"))


def _signal(content: Any, manifest: Manifest) -> None:
    if isinstance(content, dict):
        _text(content, "title", manifest)
        _text(content, "author", manifest)
    for sticker in _entries(content, "stickers", manifest):
        _sticker(manifest, sticker.get("file"), [sticker.get("emoji")])


def _discord(content: Any, manifest: Manifest) -> None:
    for sticker in _entries(content, "stickers", manifest):
        name, described = _text(sticker, "name", manifest, 30), sticker.get("description")
        if len(name) == 1:
            manifest.problems.append("a name of one letter; 2 to 30 are accepted")
        if not isinstance(described, str) or not (described == "" or 2 <= len(described) <= 100):
            manifest.problems.append(f"the description of {name!r} is neither empty nor 2 to 100 characters long")
        _sticker(manifest, sticker.get("file"), [sticker.get("tags")])


def _misskey(content: Any, manifest: Manifest) -> None:
    for entry in _entries(content, "emojis", manifest):
        about = entry.get("emoji")
        if entry.get("downloaded") is not True or not isinstance(about, dict) or not about.get("name"):
            manifest.problems.append(f"{str(entry.get('fileName'))[:80]!r} has no emoji of a name that is downloaded")
        _sticker(manifest, entry.get("fileName"), [])


def is_emoji_name(tag: str) -> bool:
    """Return whether a text may be the name of a Unicode emoji as Discord writes it: wave, thumbsup, zzz."""
    return re.fullmatch(r"[a-z0-9_+\-]{1,64}", tag) is not None


def is_emoji(tag: str) -> bool:
    """Return whether a text may be one emoji: short, no letters or spaces, something beyond ASCII in it.

    Digits, * and # count with the enclosing keycap only.
    """
    if not 0 < len(tag) <= 16 or any(letter.isspace() or letter.isalpha() for letter in tag):
        return False
    return any(ord(letter) > 0xA8 and letter not in "\ufe0f\u200d" for letter in tag)
