"""What crosses HTTP about bindings."""

from __future__ import annotations

from pydantic import BaseModel, Field

from zhishi.day.binding.rules import PhoneStatus


class PhoneState(BaseModel):
    """The phone of an attempt as computer and staff see it. `battery` in percent; None where it was not told."""

    state: PhoneStatus
    bound_ms: int | None = None
    heard_ms: int | None = None
    stopped_ms: int | None = None
    label: str | None = None
    battery: int | None = None
    charging: bool | None = None
    visible: bool | None = None
    pending_segments: int | None = None
    waived: bool = False
    rebind_allowed: bool = False


class BindingCode(BaseModel):
    """A code for one phone: to be scanned (the address as a QR code, SVG) or typed."""

    code: str
    url: str
    qr_svg: str
    expires_ms: int


class PhoneDevice(BaseModel):
    """The phone that gives a code back."""

    id: str = Field(pattern="^[0-9a-fA-F-]{36}$")
    label: str = Field(max_length=80)
    user_agent: str = Field(max_length=400)


class BindingRequest(BaseModel):
    """A code as it was scanned or typed."""

    code: str = Field(min_length=1, max_length=40)
    device: PhoneDevice
