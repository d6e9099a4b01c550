"""Prefect's result storage, kept in PopCon's own store."""

import asyncio
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from prefect.filesystems import WritableFileSystem
from pydantic import Field

from blocks.without_server import is_without_server
from popcon import naming
from popcon.storage.records import read_record
from popcon.storage.store import open_store


class StepRecords(WritableFileSystem):
    """Where Prefect keeps the result records of steps: `steps/` in a PopCon store.

    Why not Prefect's own file systems: theirs write in place, so a process that dies leaves half a record that
    later reads as damage; and they know nothing of the artifacts that a record names. Here a record is written as
    a whole, and one whose artifacts are missing or damaged reads as absent, so that Prefect runs the step again.
    It does not protect a step against being computed twice at the same time: both write the same record.
    """

    _block_type_name = "PopCon step records"
    _block_type_slug = "popcon-step-records"
    _description = "Result records of PopCon's steps, in the store that holds its artifacts."

    url: str = Field(description="the store: a folder, or s3://bucket/prefix")

    # Prefect calls these with `_sync=True` from its own threads, and the "a" ones from its event loop.

    def read_path(self, path: str, _sync: bool = True) -> bytes:  # type: ignore[override]
        data = read_record(open_store(self.url), path)
        if data is None:
            raise FileNotFoundError(path)
        return data

    def write_path(self, path: str, content: bytes, _sync: bool = True) -> None:  # type: ignore[override]
        open_store(self.url).write(naming.step_record(path), content)

    async def aread_path(self, path: str) -> bytes:
        return await asyncio.to_thread(self.read_path, path)

    async def awrite_path(self, path: str, content: bytes) -> None:
        await asyncio.to_thread(self.write_path, path, content)


def step_records(url: str) -> StepRecords:
    """Return the block for a store, registered with the Prefect server that this process talks to (Prefect insists)."""
    return _step_records(url, is_without_server())


@lru_cache(maxsize=32)
def _step_records(url: str, alone: bool) -> StepRecords:
    block = StepRecords(url=url)
    if alone:
        # What Prefect insists on is the identifier of a registered block. Nobody looks that one up.
        block._block_document_id = uuid5(NAMESPACE_URL, url)
    else:
        block.save(naming.records_block(url), overwrite=True)
    return block
