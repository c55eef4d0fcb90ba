"""Where a client is connected to, and with which credentials."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import grpc

#: What the server may send before it is read.
WINDOW_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Tls:
    """All in PEM. `Tls()` trusts the authorities that grpc comes with."""

    #: The authorities that may have signed the server's certificate.
    root_certificates: bytes | None = None
    #: The caller's own certificate and its key, for a mesh that asks for one.
    certificate: bytes | None = None
    private_key: bytes | None = None
    #: The name in the server's certificate, if the address has another one.
    server_name: str | None = None


@dataclass(frozen=True)
class Connection:
    address: str
    key: str | None
    tls: Tls | None
    retries: bool

    def __post_init__(self) -> None:
        if self.key and not self.tls and not is_loopback(self.address):
            raise ValueError(f"the key would go to {self.address} in plain text: give tls=Tls(…)")

    def options(self) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [
            ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
            ("grpc.keepalive_time_ms", 10_000),
            ("grpc.keepalive_timeout_ms", 5_000),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2_000),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.enable_retries", 1 if self.retries else 0),
        ]
        if is_loopback(self.address):
            options.append(("grpc.enable_http_proxy", 0))
        if self.retries:
            options.append(("grpc.service_config", service_config()))
        if self.tls and self.tls.server_name:
            options.append(("grpc.ssl_target_name_override", self.tls.server_name))
        return options

    def credentials(self) -> grpc.ChannelCredentials | None:
        if self.tls is None:
            return None
        tls = self.tls
        return grpc.ssl_channel_credentials(tls.root_certificates, tls.private_key, tls.certificate)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key}"),) if self.key else ()


def service_config() -> str:
    """The published retry policy, the same for the clients of all languages."""
    return files("depthmesh").joinpath("service-config.json").read_text()


def is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
