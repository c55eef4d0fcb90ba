/** The clients of one mesh: of its gateway's public port, and of its admin port. */
import { AdminClient } from "../client/admin-client.js";
import type { ConnectOptions } from "../client/channel.js";
import { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { type MeshFile, runningMeshes } from "../launcher/mesh-file.js";
import { openKeyWarning } from "./caller-key.js";

/** Each is a host:port; undefined if nothing tells it. */
export interface MeshAddresses {
  /** The public port. */
  readonly grpc: string | undefined;
  readonly admin: string | undefined;
}

/** What the user gave; the admin port of a mesh that runs on this machine is known. */
export function givenAddresses({
  address,
  adminAddress,
}: {
  readonly address?: string;
  readonly adminAddress?: string;
}): MeshAddresses | undefined {
  if (address === undefined && adminAddress === undefined) return undefined;
  const admin = adminAddress ?? localMesh({ grpc: address, admin: undefined })?.admin;
  return { grpc: address, admin };
}

/** The file of the mesh with these addresses, if it runs on this machine. */
export function localMesh({ grpc, admin }: MeshAddresses): MeshFile | undefined {
  return runningMeshes().find((mesh) =>
    grpc === undefined ? mesh.admin === admin : mesh.grpc === grpc,
  );
}

/** The clients are made when they are first used. Close them after use. */
export class MeshClients {
  readonly #addresses: MeshAddresses;
  readonly #options: ConnectOptions;
  #client: DepthmeshClient | undefined;
  #admin: AdminClient | undefined;

  constructor(addresses: MeshAddresses, options: ConnectOptions = {}) {
    this.#addresses = addresses;
    // Whoever types an address knows the network that leads there.
    this.#options = { plaintextKey: true, ...options };
  }

  /** Throws SERVICE_UNAVAILABLE if nothing tells where the public port is. */
  get client(): DepthmeshClient {
    const { grpc, admin } = this.#addresses;
    if (grpc === undefined) throw unknownPort("public", "--address", `admin port ${admin}`);
    if (!this.#client) this.#warn(grpc);
    this.#client ??= new DepthmeshClient(grpc, this.#options);
    return this.#client;
  }

  /** Throws SERVICE_UNAVAILABLE if nothing tells where the admin port is. */
  get admin(): AdminClient {
    const address = adminAddressIn(this.#addresses);
    if (!this.#admin) this.#warn(address);
    this.#admin ??= new AdminClient(address, this.#options);
    return this.#admin;
  }

  #warn(address: string): void {
    const warning = openKeyWarning(address, this.#options);
    if (warning !== undefined) process.stderr.write(`${warning}\n`);
  }

  close(): void {
    this.#client?.close();
    this.#admin?.close();
  }
}

/** The address of the admin port. Throws SERVICE_UNAVAILABLE if nothing tells it. */
export function adminAddressIn({ grpc, admin }: MeshAddresses): string {
  if (admin !== undefined) return admin;
  throw unknownPort("admin", "--admin-address or DEPTHMESH_ADMIN_ADDRESS", `public port ${grpc}`);
}

function unknownPort(port: string, option: string, known: string): DepthmeshError {
  return new DepthmeshError(
    "SERVICE_UNAVAILABLE",
    `the ${port} port of the gateway with the ${known} is not known; pass it with ${option}`,
  );
}
