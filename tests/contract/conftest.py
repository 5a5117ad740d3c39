"""Every adapter of a port, over its real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import LocalStore, S3Store

from tests.factories.disks import small_disk
from tests.factories.seaweed import BUCKET, KEY_ID, SECRET, Seaweed
from zhishi.foundation.adapters.blobs import ObstoreBlobs
from zhishi.foundation.kernel.ids import new_id


@pytest.fixture
def s3_blobs(seaweed: Seaweed) -> ObstoreBlobs:
    """A prefix of its own in the bucket."""
    store = S3Store(
        BUCKET,
        prefix=new_id(),
        endpoint=seaweed.endpoint,
        region="us-east-1",
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        client_options={"allow_http": True},
    )
    return ObstoreBlobs(store)


@pytest.fixture
def local_blobs(tmp_path: Path) -> ObstoreBlobs:
    root = tmp_path / "blobs"
    root.mkdir()
    return ObstoreBlobs(LocalStore(root), root=root)


@pytest.fixture(params=["local_blobs", "s3_blobs"])
def blobs(request: pytest.FixtureRequest) -> ObstoreBlobs:
    """Each blob store in turn."""
    found: ObstoreBlobs = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB."""
    with small_disk(tmp_path / "tiny", kilobytes=256) as folder:
        yield folder
