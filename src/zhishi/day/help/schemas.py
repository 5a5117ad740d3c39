"""What crosses HTTP about help."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from zhishi.day.help.rules import TEXT_MAX, CallState, Sender


class ChatState(BaseModel):
    """What a page needs to know without opening the chat."""

    last_seq: int
    unread: int
    call: CallState
    called_ms: int | None


class Message(BaseModel):
    """A message. Candidates see the role of staff, not their name."""

    seq: int
    sender: Sender
    role: str | None
    text: str
    sent_ms: int
    delivered_ms: int | None
    seen_ms: int | None


class CallView(BaseModel):
    """The newest call for help. `waits_s`: the median wait of the sitting's last calls; None if there were none."""

    state: CallState
    opened_ms: int | None
    taken_ms: int | None
    closed_ms: int | None
    waits_s: int | None


class Chat(BaseModel):
    messages: list[Message]
    call: CallView


class NewMessage(BaseModel):
    """A text to be sent; `client_id` makes sending it again harmless."""

    client_id: str = Field(pattern="^[0-9a-fA-F-]{36}$")
    # PostgreSQL keeps no NUL, and nobody types one.
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_MAX, pattern=r"^[^\x00]*$")
    ]


class Seen(BaseModel):
    seq: int = Field(ge=0, le=1_000_000)
