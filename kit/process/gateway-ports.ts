/** The settings of the gateway's three ports. The launcher reads them too. */
import { COMMON_SETTINGS, type ConfigOf, integer, text } from "../config.js";
import type { CallGuard } from "../rpc/call-guard.js";
import type { RpcService } from "../rpc/server.js";
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
  adminHost: text(
    "DEPTHMESH_ADMIN_HOST",
    "",
    "address that the admin port listens on; unset means DEPTHMESH_HOST",
  ),
  internalHost: text(
    "DEPTHMESH_INTERNAL_HOST",
    "",
    "address that the internal port listens on; unset means DEPTHMESH_HOST",
  ),
};

/** The gateway's ports with their services, the public one first. */
export function gatewayPorts(
  config: ConfigOf<typeof GATEWAY_PORT_SETTINGS>,
  services: Readonly<Record<PortName, readonly RpcService[]>>,
  guard: CallGuard,
): readonly ServicePort[] {
  const { host, port, adminHost, adminPort, internalHost, internalPort } = config;
  const variables = {
    public: "DEPTHMESH_PORT",
    admin: "DEPTHMESH_ADMIN_PORT",
    internal: "DEPTHMESH_INTERNAL_PORT",
  } as const;
  const places = {
    public: { host, port },
    admin: { host: adminHost || host, port: adminPort },
    internal: { host: internalHost || host, port: internalPort },
  };
  return (["public", "admin", "internal"] as const).map((name) => ({
    ...{ name, ...places[name], variable: variables[name] },
    ...{ services: services[name], guard },
  }));
}
