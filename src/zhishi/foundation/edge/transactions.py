"""One transaction a request, opened and committed at the edge (law 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.foundation.edge.services import Services, services_of

Here = Annotated[Services, Depends(services_of)]


async def _writing(services: Here) -> AsyncIterator[AsyncSession]:
    async with services.database.writing() as session:
        yield session


async def _reading(services: Here) -> AsyncIterator[AsyncSession]:
    async with services.database.reading() as session:
        yield session


# scope="function": the commit happens before the first byte of the answer leaves, so an answer is a promise, and no
# connection stays pinned while a stream is sent.
Work = Annotated[AsyncSession, Depends(_writing, scope="function")]
Look = Annotated[AsyncSession, Depends(_reading, scope="function")]

__all__ = ["Here", "Look", "Request", "Work"]
