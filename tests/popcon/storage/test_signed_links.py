"""Signed links open what they were signed for, until they expire, and nothing else."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from popcon import naming
from popcon.errors import Fault
from popcon.storage import signed_links
from popcon.storage.store import Store

SHA, OTHER = "5e" * 32, "6f" * 32
NOW = 1_700_000_000.0


def parts(link: str) -> tuple[int, str]:
    query = parse_qs(urlsplit(link).query)
    return int(query["expires"][0]), query["signature"][0]


def test_a_link_opens_its_artifact_until_it_expires(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    link = signed_links.sign(store, SHA, NOW)
    assert link.startswith(f"/artifacts/{SHA}?")
    expires, signature = parts(link)
    assert 0 <= expires - NOW - signed_links.LIFETIME_S <= 86400
    assert signed_links.is_valid(store, SHA, expires, signature, NOW)
    assert signed_links.is_valid(store, SHA, expires, signature, expires - 1)
    assert not signed_links.is_valid(store, SHA, expires, signature, expires)


def test_nothing_of_a_link_can_be_changed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    expires, signature = parts(signed_links.sign(store, SHA, NOW))
    assert not signed_links.is_valid(store, OTHER, expires, signature, NOW)
    assert not signed_links.is_valid(store, SHA, expires + 86400, signature, NOW)
    for forged in ("", "0" * 64, signature[:-1], signature.upper(), "é"):
        assert not signed_links.is_valid(store, SHA, expires, forged, NOW)


def test_processes_that_share_a_store_share_the_key_and_others_do_not(tmp_path: Path) -> None:
    link = signed_links.sign(Store(str(tmp_path / "one")), SHA, NOW)
    assert signed_links.sign(Store(str(tmp_path / "one")), SHA, NOW + 60) == link, "the same all day"
    assert signed_links.is_valid(Store(str(tmp_path / "one")), SHA, *parts(link), NOW)
    assert not signed_links.is_valid(Store(str(tmp_path / "two")), SHA, *parts(link), NOW)


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    Store(str(tmp_path)).write_json(naming.link_key(), {"key": "short"})
    with pytest.raises(Fault, match="damaged"):
        signed_links.sign(Store(str(tmp_path)), SHA)
