"""What is inside a paper, and what crosses HTTP of it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Question(BaseModel):
    """One question."""

    title: str = Field(max_length=100)
    text: str = Field(min_length=1, max_length=20_000)


class PaperContent(BaseModel):
    """The plaintext of a paper: what a candidate's page shows after T0."""

    questions: list[Question] = Field(min_length=1, max_length=20)
    note: str | None = None


class SealedPaper(BaseModel):
    """A paper as it may travel before T0. The 16-byte tag is appended to the ciphertext."""

    paper_id: str
    sitting_id: str
    algorithm: str = "A256GCM"
    nonce_b64: str
    ciphertext_b64: str
    aad_b64: str


class PaperKey(BaseModel):
    """The key of a paper, released at T0."""

    paper_id: str
    key_b64: str
