"""Settings from the environment: `ZHISHI_…`, or `ZHISHI_…_FILE` naming a file that holds the value (law 14)."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from zhishi.foundation.kernel.agreement import Recipient
from zhishi.foundation.kernel.sealing import KEY_BYTES, derive_key
from zhishi.foundation.kernel.signing import Signer

PREFIX = "ZHISHI_"


class SettingsRefused(Exception):
    """A setting cannot be used; the text says which and why."""


class Settings(BaseSettings):
    """What an operator can set. Every name is `ZHISHI_` + the field in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    data_dir: Path = Field(Path("zhishi-data"), description="folder of database, recordings, journal and keys")
    database_url: SecretStr | None = Field(
        None,
        description="sqlite+aiosqlite:///… or postgresql+asyncpg://…; default: SQLite in the data folder",
    )
    blobs_url: str | None = Field(None, description="file:///folder or s3://bucket/prefix; default: the data folder")
    s3_endpoint: str | None = Field(None, description="endpoint of the S3 store, if it is not Amazon's")
    s3_region: str = "us-east-1"
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    master_key: SecretStr | None = Field(
        None, description="64 hex digits from which all keys derive; default: made once in the data folder"
    )
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_https: bool = Field(False, description="whether visitors arrive over HTTPS: cookies are then Secure")
    public_url: str | None = Field(
        None, description="https://… that phones can reach, for the QR code; default: the address in the browser"
    )
    trusted_proxy: str = Field("127.0.0.1", description="address whose X-Forwarded-For is believed")
    candidate_app_name: str = "智试云"
    phone_app_name: str = "智试通"
    hotline: str = "400-808-3202"
    hotline_hours: str = "09:00-18:00"
    segment_max_bytes: int = Field(8 * 2**20, ge=2**16, le=2**26)
    package_max_bytes: int = Field(4 * 2**30, ge=2**20, description="a package of footage that support may import")
    package_reserve_bytes: int = Field(
        2**30, ge=0, description="disk space that importing a package leaves to recordings"
    )
    vision_workers: int = Field(1, ge=1, le=16)
    log_level: str = "info"
    log_format: str = Field("json", pattern="^(json|console)$")

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for field in cls.model_fields:
            named = os.environ.get(f"{PREFIX}{field.upper()}_FILE")
            if named is None:
                continue
            if f"{PREFIX}{field.upper()}" in os.environ:
                raise ValueError(f"{PREFIX}{field.upper()} and its _FILE are both set: keep one")
            try:
                values[field] = Path(named).read_text().strip()
            except OSError as error:
                raise ValueError(f"{PREFIX}{field.upper()}_FILE cannot be read: {error.strerror}") from error
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.blobs_url is not None and not self.blobs_url.startswith(("file://", "s3://")):
            raise ValueError("ZHISHI_BLOBS_URL begins with file:// or s3://")
        if self.public_url is not None and not self.public_url.startswith(("https://", "http://")):
            raise ValueError("ZHISHI_PUBLIC_URL begins with https:// (or http:// for trials)")
        return self

    @property
    def database(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir / 'zhishi.sqlite3'}"

    def make_data_dir(self) -> None:
        """Make the data folder, readable by this user only: it holds names, photographs and recordings."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)

    @property
    def scratch(self) -> Path:
        """Where files are built; emptied at every start."""
        return self.data_dir / "scratch"

    @property
    def embedded(self) -> bool:
        """SQLite: one process that does everything."""
        return self.database.startswith("sqlite")


class Keys:
    """The keys of the house, each derived from the master key for one purpose."""

    def __init__(self, master: bytes) -> None:
        self.tokens = derive_key(master, "tokens")
        self.papers = derive_key(master, "papers")
        self.lots = derive_key(master, "lots")
        self.people = derive_key(master, "people")
        self.faces = derive_key(master, "faces")
        self.receipts = Signer(derive_key(master, "receipts"))
        self.packages = Recipient(derive_key(master, "packages"))


def load_keys(settings: Settings) -> Keys:
    """The keys of an installation; the master key is made once, mode 0600, if none is set. Raises `SettingsRefused`."""
    if settings.master_key is not None:
        return Keys(_parse_master(settings.master_key.get_secret_value()))
    path = settings.data_dir / "master.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsRefused(f"{path} can be read by others: chmod 600 it") from None
        return Keys(_parse_master(path.read_text()))
    with os.fdopen(handle, "w") as file:
        master = secrets.token_bytes(KEY_BYTES)
        file.write(master.hex())
        file.flush()
        os.fsync(file.fileno())
    return Keys(master)


def _parse_master(text: str) -> bytes:
    try:
        master = bytes.fromhex(text.strip())
    except ValueError:
        master = b""
    if len(master) != KEY_BYTES:
        raise SettingsRefused("the master key is 64 hex digits")
    return master
