"""One sticker at a time, the latest asked for, whoever leaves meanwhile."""

import asyncio
import threading

import pytest

from tests.event_loop import run
from ui.web.threads import CoalescingExecutor


def test_who_asks_for_what_waits_its_turn_gets_that_ones_result() -> None:
    async def story() -> None:
        latest, begun, gate = CoalescingExecutor(), [], threading.Event()

        def work(name: str) -> str:
            begun.append(name)
            gate.wait(5)
            return name

        first = asyncio.create_task(latest.get("wave", lambda: work("first")))
        while not begun:
            await asyncio.sleep(0.005)
        second = asyncio.create_task(latest.get("wave", lambda: work("second")))
        third = asyncio.create_task(latest.get("wave", lambda: work("third")))
        other = asyncio.create_task(latest.get("cry", lambda: work("other")))
        await asyncio.sleep(0.02)
        second.cancel()  # its page was left; the third one still wants it
        gate.set()
        assert [await first, await third, await other] == ["first", "second", "other"]
        assert begun == ["first", "second", "other"]
        latest.close()

    run(story())


def test_what_fails_is_told_to_all_and_tried_anew() -> None:
    async def story() -> None:
        latest, tries = CoalescingExecutor(), []

        def fails() -> str:
            tries.append(1)
            raise ValueError("not this time")

        for _ in range(2):
            with pytest.raises(ValueError, match="not this time"):
                await latest.get("wave", fails)
        assert len(tries) == 2
        latest.close()

    run(story())
