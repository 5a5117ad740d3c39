"""The format of a package: footage that could not be uploaded, encrypted to the house, on its way on a stick.

`zhishi package 1`. Integers are unsigned and big-endian, JSON is UTF-8, base64 is that of RFC 4648 with padding.

    file    = magic  u32:length header  record*
    magic   = the 17 bytes "zhishi package 1\\n"
    header  = JSON, at most 4096 bytes: {
                "format":     "zhishi package 1",
                "attempt_id": whose footage it is: the attempt's id, or that of a phone's binding,
                "device":     "computer" or "phone", which recorded it,
                "made_ms":    Unix ms, for people,
                "key_id":     "id" of GET /api/v1/packages/key,
                "ephemeral":  base64 of the package's own public key, a fresh P-256 point, uncompressed (65 bytes),
                "items":      how many items follow, at most 200 000,
                "size":       the sum of their sizes in bytes, for people }
    record  = u32:length ciphertext, AES-256-GCM with its 16-byte tag at the end; at most 64 MiB + 128 KiB

    digest  = SHA-256(header)                             the bytes as they stand in the file, without their length
    key     = HKDF-SHA256(ikm = ECDH(ephemeral private key, the house's public key): the 32 bytes of x,
                          salt = digest, info = "zhishi package 1", 32 bytes)
    nonce   = u96:number                                  records are numbered from 0
    aad     = digest  nonce  u8:last                      last = 1 for the last record, 0 for every other one

    record 0          {"upload_token": …}: the attempt's, or of the phone its own. Who has it may upload; nobody else.
    records 1 to n    u32:length JSON bytes: an item, its description and what it holds
    record n + 1      {"items": n}: the end. A file without it was cut.

The description of an item is that of the recorder's spool: {
    "kind": "init" | "segment" | "closure" | "page", "track_id", "epoch", "seq", "start_ms", "duration_ms", "size",
    "sha256": hex, "closure": null or {"segments", "reason"} }
An init and a closure have seq −1; a closure has no bytes; a page of the logbook has the start of its recorder as epoch,
its number as seq and any track_id. Other fields may be there and are not read. The order of items does not matter.

Reading needs memory for one record. Whatever is changed in a file, nothing that was changed is taken: magic, header and
records are each refused with the reason. A record that is damaged takes none of the others with it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, Field, ValidationError, model_validator

from zhishi.day.recording.rules import SEGMENT_DURATION_MAX_MS, SEQ_MAX
from zhishi.day.recording.schemas import Closure, Ms
from zhishi.foundation.kernel.agreement import NotAPoint, Recipient
from zhishi.foundation.kernel.errors import refusal

FORMAT = "zhishi package 1"
_MAGIC = FORMAT.encode() + b"\n"
_HEADER_MAX = 4096
_ITEMS_MAX = 200_000
_TAG_BYTES = 16
# The largest segment that any house can be set to take, its description, and a tag.
_RECORD_MAX = 2**26 + 2**17

PackageInvalid = refusal(
    "package_invalid",
    422,
    "这个文件不是智试的补传包。请选择考生页面上“导出补传包”生成的文件。",
    "This file is no package of footage: choose the file that the candidate's page exported.",
)
PackageForeign = refusal(
    "package_foreign",
    422,
    "这个补传包是为另一套系统加密的，这里打不开。请到考生考试所在的系统导入。",
    "This package was encrypted for another installation and cannot be opened here: import it where the exam was held.",
)
PackageAltered = refusal(
    "package_altered",
    422,
    "补传包的内容被改动过，或在拷贝时损坏。请从考生设备重新导出，并用另一个U盘再拷一次。",
    "The package was altered, or damaged on its way. Export it from the candidate's device again, to another stick.",
)
PackageCutShort = refusal(
    "package_cut_short",
    422,
    "补传包不完整，后面缺了一截，可能没有拷完。请重新拷贝整个文件，再导入一次。",
    "The package is cut short, perhaps because copying was not finished: copy the whole file and import it again.",
)
PackageTokenInvalid = refusal(
    "package_token_invalid",
    422,
    "补传包里的上传凭证无效、已过期，或属于另一次应试，不能确认是谁的录像，未导入。请在考生设备上重新登录后再导出。",
    "The upload token in the package is invalid, expired, or of another attempt, so it does not prove whose footage it "
    "is; nothing was imported. Log in again on the candidate's device and export once more.",
)


class PackageHeader(BaseModel):
    """What a package says of itself in plain text. None of it counts before the first record was opened."""

    format: Literal["zhishi package 1"]
    attempt_id: str = Field(max_length=36)
    device: Literal["computer", "phone"]
    made_ms: Ms
    key_id: str = Field(max_length=64)
    ephemeral: str = Field(max_length=128)
    items: int = Field(ge=0, le=_ITEMS_MAX)
    size: int = Field(ge=0)


class ItemHeader(BaseModel):
    """The description of an item."""

    kind: Literal["init", "segment", "closure", "page"]
    track_id: str = Field(pattern="^[0-9A-Za-z-]{1,36}$")
    epoch: Ms
    seq: int = Field(ge=-1, le=SEQ_MAX)
    start_ms: Ms
    duration_ms: int = Field(ge=0, le=SEGMENT_DURATION_MAX_MS)
    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    closure: Closure | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.seq >= 0) != (self.kind in ("segment", "page")):
            raise ValueError("segments and pages are numbered, inits and closures are not")
        if (self.closure is not None) != (self.kind == "closure"):
            raise ValueError("closures say how many segments there are, and nothing else does")
        return self


@dataclass(frozen=True, slots=True)
class Record:
    """An item as it stands in a package: the number of its record, its description as JSON, its bytes."""

    number: int
    description: bytes
    data: bytes


class _Token(BaseModel):
    upload_token: str


class _End(BaseModel):
    items: int


class PackageReader:
    """Reads a package record by record: the token first, then the items."""

    def __init__(self, file: BinaryIO, key: Recipient) -> None:
        """Read the header. Raises `PackageInvalid`, `PackageForeign`."""
        self._file = file
        text = _read_header(file)
        try:
            self.header = PackageHeader.model_validate_json(text)
            ephemeral = base64.b64decode(self.header.ephemeral, validate=True)
        except ValueError:
            raise PackageInvalid() from None
        if self.header.key_id != key.id:
            raise PackageForeign(key_id=self.header.key_id)
        self._digest = hashlib.sha256(text).digest()
        try:
            self._cipher = AESGCM(key.agree(ephemeral, salt=self._digest, info=FORMAT.encode()))
        except NotAPoint:
            raise PackageInvalid() from None
        self._number = 0
        self._over = False

    def read_token(self) -> str:
        """The upload token: the first record. Raises `PackageAltered`, `PackageCutShort`, `PackageTokenInvalid`."""
        text = self._open_next()
        if self._over:
            raise PackageCutShort(record=self._number)
        try:
            return _Token.model_validate_json(text).upload_token
        except ValidationError:
            raise PackageTokenInvalid() from None

    def next_item(self) -> Record | None:
        """The next item; None once the end was reached. Raises `PackageAltered`, after which it may be asked for the
        one behind, and `PackageCutShort`, after which there is none."""
        if self._over:
            return None
        number = self._number
        plain = self._open_next()
        if self._over:
            self._check_end(plain, number)
            return None
        length = int.from_bytes(plain[:4])
        if number > self.header.items or len(plain) < 4 + length:
            raise PackageAltered(record=number)
        return Record(number, plain[4 : 4 + length], plain[4 + length :])

    def _check_end(self, plain: bytes, number: int) -> None:
        """The end says how many items there are, as the header did and as there were, and nothing comes behind it."""
        try:
            said = _End.model_validate_json(plain).items
        except ValidationError:
            raise PackageAltered(record=number) from None
        if not number - 1 == said == self.header.items or self._file.read(1):
            raise PackageAltered(record=number)

    def _open_next(self) -> bytes:
        """Decrypt the next record. `_over` is set when it was the last one."""
        number = self._number
        length = int.from_bytes(self._read(4))
        if not _TAG_BYTES <= length <= _RECORD_MAX or number > _ITEMS_MAX + 1:
            self._over = True
            raise PackageAltered(record=number)
        ciphertext = self._read(length)
        self._number += 1
        nonce = number.to_bytes(12)
        for last in (False, True):
            try:
                plain = self._cipher.decrypt(nonce, ciphertext, self._digest + nonce + bytes([last]))
            except InvalidTag:
                continue
            self._over = last
            return plain
        raise PackageAltered(record=number)

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            self._over = True
            raise PackageCutShort(record=self._number)
        return data


def _read_header(file: BinaryIO) -> bytes:
    """The bytes of the header."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise PackageInvalid()
    length = int.from_bytes(file.read(4))
    text = file.read(length) if length <= _HEADER_MAX else b""
    if not text or len(text) < length:
        raise PackageInvalid()
    return text
