"""Settings from the environment, and the keys of the house."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from zhishi.foundation.settings import Settings, SettingsRefused, load_keys


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHISHI_HOTLINE", "021-1234567")
    assert Settings().hotline == "021-1234567"


def test_a_setting_comes_from_the_file_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql+asyncpg://u:p@host/db\n")
    monkeypatch.setenv("ZHISHI_DATABASE_URL_FILE", str(secret))
    assert Settings().database == "postgresql+asyncpg://u:p@host/db"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZHISHI_MASTER_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ValidationError, match="ZHISHI_MASTER_KEY_FILE cannot be read"):
        Settings()


def test_a_setting_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("81")
    monkeypatch.setenv("ZHISHI_PORT", "80")
    monkeypatch.setenv("ZHISHI_PORT_FILE", str(tmp_path / "port"))
    with pytest.raises(ValidationError, match="both set"):
        Settings()


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        master_key=SecretStr("a1" * 32),
        database_url=SecretStr("postgresql+asyncpg://u:hunter2@host/db"),
        s3_secret_access_key=SecretStr("hunter3"),
    )
    shown = f"{settings!r} {settings}"
    assert [secret for secret in ("a1a1", "hunter2", "hunter3") if secret in shown] == []


def test_only_files_and_s3_can_hold_blobs(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="file:// or s3://"):
        Settings(data_dir=tmp_path, blobs_url="http://somewhere/")


def test_the_master_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = load_keys(Settings(data_dir=tmp_path))
    again = load_keys(Settings(data_dir=tmp_path))
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert first.tokens == again.tokens
    assert len({first.tokens, first.papers, first.people, first.faces}) == 4


def test_a_master_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_keys(Settings(data_dir=tmp_path))
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(SettingsRefused, match="chmod 600"):
        load_keys(Settings(data_dir=tmp_path))


@pytest.mark.parametrize("text", ["", "zz" * 32, "a1" * 31, "a1" * 33])
def test_a_master_key_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsRefused, match="64 hex digits"):
        load_keys(Settings(data_dir=tmp_path, master_key=SecretStr(text)))


def test_a_given_master_key_makes_the_same_keys_everywhere(tmp_path: Path) -> None:
    one = load_keys(Settings(data_dir=tmp_path, master_key=SecretStr("a1" * 32)))
    other = load_keys(Settings(data_dir=tmp_path / "elsewhere", master_key=SecretStr("A1" * 32)))
    assert one.papers == other.papers
    assert not (tmp_path / "master.key").exists()
