"""The parts of a video that is followed while it is encoded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LiveStart:
    """Bytes of another attempt of the encode follow, and those before are void."""

    attempt: str


@dataclass(frozen=True)
class LiveBytes:
    data: bytes


LivePart = LiveStart | LiveBytes
