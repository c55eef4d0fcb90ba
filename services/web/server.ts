/** The port of the web service: HTTP, or HTTPS with a certificate that is renewed while it runs. */
import type { AddressInfo } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { BuslessParts } from "../../kit/process/service-without-bus.js";
import type { CertificateFiles, Certificates } from "../../kit/tls/certificate-files.js";
import { webApp } from "./app.js";
import type { WebConfig } from "./config.js";
import type { WebParts } from "./parts.js";

const TLS_MIN_VERSION = "TLSv1.2" as const;
/** Node would wait two minutes for a handshake. */
const HANDSHAKE_MS = 10_000;

export async function webServer(
  { host, port }: Pick<WebConfig, "host" | "port">,
  parts: WebParts,
  certificates: CertificateFiles | undefined,
): Promise<BuslessParts> {
  const https = certificates && {
    ...secureContextOf(certificates.current),
    handshakeTimeout: HANDSHAKE_MS,
  };
  const app = await webApp(parts, https);
  const { server } = app;
  if (server instanceof TlsServer) {
    certificates?.onRenewal((renewed) => server.setSecureContext(secureContextOf(renewed)));
  }
  return {
    open: async () => {
      await listen(app, host, port);
      const scheme = certificates ? "https" : "http";
      return `http=${scheme}://${addressOf(server.address())}`;
    },
    endStreams: () => parts.requests.endEndless(),
    drain: (graceMs) => parts.requests.drain(graceMs),
    close: async () => {
      server.closeAllConnections();
      await app.close();
      certificates?.close();
      parts.gateway.close();
    },
  };
}

function secureContextOf({ cert, key }: Certificates) {
  return { cert, key, minVersion: TLS_MIN_VERSION };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code === "EADDRINUSE") {
    return new Error(
      `port ${port} of ${host} is in use by another process; choose another port (DEPTHMESH_PORT)`,
      options,
    );
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new Error(`DEPTHMESH_HOST is "${host}", which is no address of this machine`, options);
  }
  return error;
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return String(address);
  return address.family === "IPv6"
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
