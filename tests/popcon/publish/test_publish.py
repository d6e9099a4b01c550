"""Every sticker arrives exactly once, whatever fails and wherever the process dies."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from popcon.actions import PRESETS
from popcon.errors import BadInput, ServiceFault, ServiceRefused
from popcon.jobs.archive import Job
from popcon.models.job import JobSpec
from popcon.publish import publisher as publisher_module
from popcon.publish.model import PublishItem, Target
from popcon.publish.order import publication_name
from popcon.publish.publisher import Publisher
from popcon.publish.targets.discord import DiscordServer
from popcon.publish.targets.google_chat import GoogleChat
from popcon.publish.targets.mastodon import MastodonServer
from popcon.publish.targets.telegram import TelegramSet
from popcon.publish.transport import Transport
from popcon.storage.store import Store, open_store
from tests.popcon.publish.doubles import TOKEN, Platform, serve

KINDS = ("telegram", "discord", "mastodon", "google-chat")
NAMES = ("wave", "laugh", "cry", "love")


def items() -> list[PublishItem]:
    return [
        PublishItem(name, f"{name}.webm", name.capitalize(), (emoji,), name.encode() * 20, "video/webm")
        for name, emoji in zip(NAMES, "👋😂😭😍", strict=True)
    ]


def target(kind: str, address: str, token: str = TOKEN) -> Target:
    nap = {"sleep": lambda _: None}
    match kind:
        case "telegram":
            return TelegramSet(Transport("Telegram", address, **nap), token, "42", "fox pack!", "Fox")  # type: ignore[arg-type]
        case "discord":
            return DiscordServer(
                Transport("Discord", address, {"Authorization": f"Bot {token}"}, **nap), "77", "stickers"
            )  # type: ignore[arg-type]
        case "mastodon":
            return MastodonServer(Transport("The server", address, **nap), address, "Fox")  # type: ignore[arg-type]
        case _:
            return GoogleChat(Transport("Google Chat", address, {"Authorization": f"Bearer {token}"}, **nap))  # type: ignore[arg-type]


def publisher(store: Store) -> Publisher:
    return Publisher(store, settle_s=0, term_s=30, sleep=lambda _: None)


def arrived(kind: str, platform: Platform) -> list[str]:
    """The names of what arrived, by its content."""
    found = []
    for each in platform.stickers:
        data = each["data"] if isinstance(each["data"], bytes) else __import__("base64").b64decode(each["data"])
        found.append(next(name for name in NAMES if data == name.encode() * 20))
    return found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def test_languages_of_a_job_share_a_server(store: Store) -> None:
    spec = JobSpec(title="Fox", description="a fox", actions=(PRESETS["wave"],), platforms=("slack",))
    job = Job(id="fox-1", spec=spec, created_at="2026-11-28T00:00:00Z")
    with serve("discord") as (address, platform):
        for language in ("en", "zh-Hant"):
            named = [replace(item, name=f"{item.name}_{language.lower()}") for item in items()]
            name = publication_name("discord", job, f"discord-sticker.{language}")
            done = publisher(store).publish(name, target("discord", address), named)
            assert done.sent == tuple(item.name for item in named)
        assert len({each["name"] for each in platform.stickers}) == len(platform.calls) == 2 * len(NAMES)
    # a set of its own for each language: records stay where they were
    assert publication_name("telegram", job, "telegram-sticker.ko") == publication_name("telegram", job, "x") == "fox-1"


@pytest.mark.parametrize("kind", KINDS)
def test_all_arrive_in_order_and_a_second_run_sends_nothing(kind: str, store: Store) -> None:
    with serve(kind) as (address, platform):
        there = target(kind, address)
        planned = publisher(store).plan("fox", there, items())
        assert (planned.left, planned.already, platform.calls) == (NAMES, (), [])
        seen: list[tuple[int, str]] = []
        done = publisher(store).publish("fox", there, items(), lambda n, name: seen.append((n, name)))
        assert (done.sent, done.already) == (NAMES, ())
        assert seen == list(enumerate(NAMES, 1))
        assert done.link.startswith("http")
        assert arrived(kind, platform) == list(NAMES)
        again = publisher(store).publish("fox", there, items())
        assert (again.sent, again.already) == ((), NAMES)
        assert publisher(store).plan("fox", there, items()).left == ()
        assert len(platform.calls) == 4


@pytest.mark.parametrize("fault", ["lost", "dropped", "error", "busy"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_neither_doubles_nor_loses(kind: str, fault: str, store: Store) -> None:
    for at in range(4):
        with serve(kind) as (address, platform):
            platform.faults = [""] * at + [fault]
            done = publisher(store).publish(f"fox-{at}", target(kind, address), items())
            assert done.sent == NAMES
            assert arrived(kind, platform) == list(NAMES), (fault, at)


class Killed(BaseException):
    """Stands for a process that dies."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_between_any_two_lines(kind: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write of a record and every request may be the last thing that a process lives to do."""
    step = 0
    while True:
        with serve(kind) as (address, platform):
            there, job = target(kind, address), f"fox-{step}"
            left = step

            def die() -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise Killed

            class Mortal(Publisher):
                def _write(self, *args: object) -> None:
                    die()
                    super()._write(*args)  # type: ignore[arg-type]
                    die()

            send = there.send

            def sending(item: PublishItem, first: bool, send: object = send) -> object:
                die()
                answer = send(item, first)  # type: ignore[operator]
                die()
                return answer

            monkeypatch.setattr(there, "send", sending, raising=False)
            mortal = Mortal(store, settle_s=0, term_s=30, sleep=lambda _: None)
            try:
                mortal.publish(job, there, items())
            except Killed:
                died = True
            else:
                died = False
            monkeypatch.undo()
            done = publisher(store).publish(job, target(kind, address), items())
            assert sorted((*done.sent, *done.already)) == sorted(NAMES)
            assert arrived(kind, platform) == list(NAMES), step
        if not died:
            break
        step += 1
    assert step == 4 * 6, "each sticker: two writes and one request, before and after"


@pytest.mark.parametrize("kind", ["telegram", "discord", "google-chat"])
def test_a_wrong_token_changes_nothing_and_is_not_shown(
    kind: str, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(kind) as (address, platform):
        with pytest.raises(ServiceRefused, match=r"refuses .*401") as caught:
            publisher(store).publish("fox", target(kind, address, "99:wrong"), items())
        assert platform.calls == []
        assert "99:wrong" not in str(caught.value)
        publisher(store).publish("fox", target(kind, address), items())
    assert TOKEN not in caplog.text.replace("HTTP", "") or not [
        record for record in caplog.records if record.name == "httpx" and TOKEN in record.getMessage()
    ]
    assert TOKEN not in "".join(path.read_text() for path in Path(store.url).rglob("*.json"))


def test_a_name_that_is_taken_is_told(store: Store) -> None:
    with serve("discord") as (address, platform):
        platform.stickers.append({"id": "1", "name": "cry", "data": b""})
        with pytest.raises(BadInput, match="had a sticker named cry before this publication"):
            publisher(store).publish("fox", target("discord", address), items())
        assert [each["name"] for each in platform.stickers] == ["cry", "wave", "laugh"]


def test_no_room_is_told_before_anything_is_sent(store: Store) -> None:
    with serve("discord") as (address, platform):
        platform.tier = 0
        platform.stickers = [{"id": str(n), "name": f"old{n}", "data": b""} for n in range(3)]
        with pytest.raises(BadInput, match="5 places for stickers, 3 of them taken: 4 stickers need 2 more"):
            publisher(store).publish("fox", target("discord", address), items())
        assert platform.calls == []


def test_a_server_without_an_api_for_emoji(store: Store) -> None:
    with serve("mastodon") as (address, platform):
        platform.admin = False
        with pytest.raises(ServiceRefused, match="run `tootctl emoji import`"):
            publisher(store).publish("fox", target("mastodon", address), items())
        platform.admin = True
        assert publisher(store).publish("fox", target("mastodon", address), items()).sent == NAMES


def test_a_changed_pack_is_not_mixed_with_the_old_one(store: Store) -> None:
    with serve("google-chat") as (address, platform):
        publisher(store).publish("fox", target("google-chat", address), items())
        changed = [item.__class__(**{**vars(item), "data": item.data + b"!"}) for item in items()]
        with pytest.raises(BadInput, match="wave was sent there from an older version"):
            publisher(store).publish("fox", target("google-chat", address), changed)
        assert len(platform.calls) == 4


def test_a_platform_that_never_answers(store: Store) -> None:
    with serve("discord") as (address, platform):
        platform.faults = ["dropped"] * 50
        with pytest.raises(ServiceFault, match="did not answer for wave"):
            publisher(store).publish("fox", target("discord", address), items())
        platform.faults = []
        assert publisher(store).publish("fox", target("discord", address), items()).sent == NAMES
        assert arrived("discord", platform) == list(NAMES)


def test_a_long_wait_is_left_to_the_person() -> None:
    assert publisher_module._TRIES == 5
    waited: list[float] = []
    with serve("discord") as (address, platform):
        platform.faults = ["busy", "busy"]
        transport = Transport("Discord", address, {"Authorization": f"Bot {TOKEN}"}, sleep=waited.append)
        DiscordServer(transport, "77", "stickers").send(items()[0], True)
    assert waited == [0.01, 0.01]


def test_the_name_of_a_telegram_set(store: Store) -> None:
    with serve("telegram") as (address, _):
        assert target("telegram", address).destination == "fox_pack_by_pop_bot"
        odd = TelegramSet(Transport("Telegram", address), TOKEN, "42", "123 狐", "Fox")
        assert odd.destination == "pack_123_by_pop_bot"
        with pytest.raises(BadInput, match="numeric id of the set's owner"):
            TelegramSet(Transport("Telegram", address), TOKEN, "me", "fox", "Fox").check(items())
