/** The settings of the gateway's three ports. The launcher reads them too. */
import { COMMON_SETTINGS, type ConfigOf, host, integer, text } from "../config.js";
import type { Log } from "../log.js";
import type { CallGuard } from "../rpc/call-guard.js";
import type { RpcService } from "../rpc/server.js";
import { openCertificates, type ProcessAccess } from "./access.js";
import type { PortName, ServicePort } from "./ports.js";

const PORTS = [0, 65_535] as const;

/** Where the gateway listens, for each kind of caller. */
export const GATEWAY_PORT_SETTINGS = {
  host: COMMON_SETTINGS.host,
  port: integer(
    "DEPTHMESH_PORT",
    7410,
    PORTS,
    "public port, for callers of the API; 0 picks a free one, here and below",
  ),
  adminPort: integer(
    "DEPTHMESH_ADMIN_PORT",
    7411,
    PORTS,
    "admin port, for those who run the mesh: AdminService",
  ),
  internalPort: integer(
    "DEPTHMESH_INTERNAL_PORT",
    7412,
    PORTS,
    "internal port, for the workers: BlobService and WorkerService",
  ),
  adminHost: host(
    "DEPTHMESH_ADMIN_HOST",
    "",
    "address that the admin port listens on; unset means DEPTHMESH_HOST",
  ),
  internalHost: host(
    "DEPTHMESH_INTERNAL_HOST",
    "",
    "address that the internal port listens on; unset means DEPTHMESH_HOST",
  ),
  publicTlsCert: text(
    "DEPTHMESH_PUBLIC_TLS_CERT",
    "",
    "file (PEM) with the certificate of the public port, if it is another one than DEPTHMESH_TLS_CERT",
  ),
  publicTlsKey: text(
    "DEPTHMESH_PUBLIC_TLS_KEY",
    "",
    "file with the key of DEPTHMESH_PUBLIC_TLS_CERT",
  ),
  publicTlsCa: text(
    "DEPTHMESH_PUBLIC_TLS_CA",
    "",
    "file (PEM) with the authorities that sign the certificates of callers of the public port; unset means that they are not asked for one if the port has a certificate of its own",
  ),
};

/**
 * The gateway's ports with their services, the public one first. `guard` is that of the public and
 * the admin port. Throws where a certificate cannot be used, and where the internal port would be
 * open to other machines unasked.
 */
export function gatewayPorts(
  { config, access, log }: GatewayPortParts,
  services: Readonly<Record<PortName, readonly RpcService[]>>,
  guard: CallGuard,
): readonly ServicePort[] {
  const { host, port, adminHost, adminPort, internalHost, internalPort } = config;
  const { certificates } = access;
  const { publicTlsCert: cert, publicTlsKey: key, publicTlsCa: ca } = config;
  const publicCertificates = openCertificates({ cert, key, ca }, "DEPTHMESH_PUBLIC_TLS_", log);
  const innerHost = internalHost || host;
  return [
    {
      ...{ name: "public", host, port, variable: "DEPTHMESH_PORT" },
      ...{ services: services.public, guard, certificates: publicCertificates ?? certificates },
    },
    {
      ...{ name: "admin", host: adminHost || host, port: adminPort },
      variable: "DEPTHMESH_ADMIN_PORT",
      ...{ services: services.admin, guard, certificates },
    },
    {
      ...{ name: "internal", host: innerHost, port: internalPort },
      variable: "DEPTHMESH_INTERNAL_PORT",
      ...{ services: services.internal, guard: access.internalGuard(innerHost), certificates },
    },
  ];
}

interface GatewayPortParts {
  readonly config: ConfigOf<typeof GATEWAY_PORT_SETTINGS>;
  readonly access: ProcessAccess;
  readonly log: Log;
}
