"""Client of a depthmesh: one photograph in, a 2.5D parallax video out.

`Client` is synchronous, `AsyncClient` is for asyncio. The messages of the API are in `depthmesh.v1`.
"""

from depthmesh._connection import Tls
from depthmesh._requests import File, JobRequest
from depthmesh.aio import AsyncClient
from depthmesh.cancellation import Cancellation
from depthmesh.client import Client
from depthmesh.errors import DepthmeshError, Violation, from_status
from depthmesh.live import LiveBytes, LivePart, LiveStart

__all__ = [
    "AsyncClient",
    "Cancellation",
    "Client",
    "DepthmeshError",
    "File",
    "JobRequest",
    "LiveBytes",
    "LivePart",
    "LiveStart",
    "Tls",
    "Violation",
    "from_status",
]
