/** A folder with one certificate for each part of a mesh, all of one authority. */
import { join } from "node:path";
import { DEFAULT_TENANT } from "../../kit/rpc/identity.js";
import type { NatsCertificates } from "../nats-server.js";
import type { CertificateRequest } from "./certificate.js";

/**
 * The name in the certificate of every process: replicas come and go, and so do their addresses.
 */
export const MESH_NAME = "depthmesh.internal";

export const AUTHORITY = "ca";

interface Member {
  readonly roles: readonly string[];
  readonly use: CertificateRequest["use"];
  /** For the README of the folder. */
  readonly meaning: string;
}

/** The certificates besides that of the authority, by the names of their files. */
export const MEMBERS = {
  gateway: {
    roles: ["worker"],
    use: "both",
    meaning: "the gateway: shown to callers on all its ports, and to workers that it calls",
  },
  worker: {
    roles: ["worker"],
    use: "both",
    meaning: "depth, render and encode: shown to the gateway and to each other",
  },
  nats: { roles: [], use: "both", meaning: "nats-server, and the others of its cluster" },
  web: {
    roles: [],
    use: "server",
    meaning: "the web service: shown to browsers; to the gateway it shows what its callers show",
  },
  operator: {
    roles: ["operator", "user"],
    use: "client",
    meaning: "a person who runs the mesh: may also call the admin port",
  },
  user: { roles: ["user"], use: "client", meaning: "a caller of the API, in the tenant `default`" },
} as const satisfies Readonly<Record<string, Member>>;

export type MemberName = keyof typeof MEMBERS;
export const MEMBER_NAMES = Object.keys(MEMBERS) as MemberName[];

export interface MemberFiles {
  readonly certificate: string;
  readonly key: string;
}

export function filesOf(folder: string, name: MemberName | typeof AUTHORITY): MemberFiles {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

export function requestFor(
  name: MemberName,
  hosts: readonly string[],
  days: number,
): CertificateRequest {
  const { roles, use } = MEMBERS[name];
  const isServer = use !== "client";
  return {
    subject: { commonName: name, organization: DEFAULT_TENANT, roles },
    ...{ use, days },
    ...(isServer && { hosts: [MESH_NAME, ...hosts] }),
  };
}

/** The settings of a service that uses a set. */
export function settingsOfSet(
  folder: string,
  name: "gateway" | "worker",
): Readonly<Record<string, string>> {
  const { certificate, key } = filesOf(folder, name);
  const authority = filesOf(folder, AUTHORITY).certificate;
  return {
    DEPTHMESH_TLS_CERT: certificate,
    DEPTHMESH_TLS_KEY: key,
    DEPTHMESH_TLS_CA: authority,
    DEPTHMESH_TLS_SERVER_NAME: MESH_NAME,
    DEPTHMESH_NATS_CA: authority,
    DEPTHMESH_NATS_CERT: certificate,
    DEPTHMESH_NATS_KEY: key,
  };
}

/** The settings of a web service that uses a set. */
export function webSettingsOfSet(folder: string): Readonly<Record<string, string>> {
  const { certificate, key } = filesOf(folder, "web");
  return {
    DEPTHMESH_TLS_CERT: certificate,
    DEPTHMESH_TLS_KEY: key,
    DEPTHMESH_CA: filesOf(folder, AUTHORITY).certificate,
    DEPTHMESH_SERVER_NAME: MESH_NAME,
  };
}

/** What the nats-server of a mesh uses of a set. */
export function natsCertificatesOf(folder: string): NatsCertificates {
  const pair = (name: MemberName) => {
    const { certificate, key } = filesOf(folder, name);
    return { cert: certificate, key };
  };
  return {
    ca: filesOf(folder, AUTHORITY).certificate,
    server: pair("nats"),
    probe: pair("worker"),
  };
}
