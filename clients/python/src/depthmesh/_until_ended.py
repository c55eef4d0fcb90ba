"""The requests of a call of asyncio that may end before they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from depthmesh._method import Req


async def until_ended(ended: asyncio.Event, requests: AsyncIterable[Req]) -> AsyncIterator[Req]:
    """The requests, until the call has ended: nobody takes further ones, and nobody would end them."""
    over = asyncio.ensure_future(ended.wait())
    source = aiter(requests)
    try:
        while True:
            following = asyncio.ensure_future(_next(source))
            await asyncio.wait((following, over), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                return
            try:
                yield following.result()
            except StopAsyncIteration:
                return
    finally:
        over.cancel()


async def _next(source: AsyncIterator[Req]) -> Req:
    return await anext(source)
