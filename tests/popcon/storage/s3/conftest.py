"""One endpoint for all tests of the object store."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.storage.object_store import Access
from popcon.storage.store import Store, set_access
from tests.popcon.storage.s3.endpoint import KEY, SECRET, FaultProxy, rclone


@pytest.fixture(scope="session")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("s3") / "buckets"
    (folder / "team").mkdir(parents=True)
    with rclone(folder) as port:
        yield folder, port


@pytest.fixture
def proxy(buckets: tuple[Path, int]) -> Iterator[FaultProxy]:
    made = FaultProxy(buckets[1])
    yield made
    made.close()


@pytest.fixture
def store(proxy: FaultProxy) -> Store:
    url = f"s3://team/{uuid.uuid4().hex}"
    set_access(url, Access(endpoint_url=proxy.url, key=KEY, secret=SECRET))
    return Store(url)


@pytest.fixture
def folder(buckets: tuple[Path, int], store: Store) -> Path:
    """Where the endpoint keeps what the store holds."""
    return buckets[0] / store.url.removeprefix("s3://")
