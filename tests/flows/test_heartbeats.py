"""Runs on a server of their own show no signs of life, for which each flow run would wait at its end."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from prefect.settings import get_current_settings

from flows.inline import without_heartbeats


def test_inline_runs_send_no_heartbeats_also_in_the_threads_of_their_actions() -> None:
    def frequency() -> int | None:
        return get_current_settings().flows.heartbeat_frequency

    before = frequency()
    assert before is not None
    with without_heartbeats(), ThreadPoolExecutor(1) as pool:
        assert frequency() is None
        assert pool.submit(copy_context().run, frequency).result() is None
    assert frequency() == before
