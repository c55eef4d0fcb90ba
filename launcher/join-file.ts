/**
 * The file with which workers of another host join a mesh: where NATS and the gateway are, and the
 * secrets that a worker shows. It has no rights of the gateway, of operators or of callers.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { DepthmeshError } from "../core/errors.js";
import { hostPortsIn } from "../kit/network/host-port.js";
import { AUTHORITY, filesOf, MESH_NAME } from "./certificates/certificate-set.js";
import type { NatsPasswords } from "./nats-server.js";
import { readPrivateFile, writePrivateFile } from "./private-file.js";

/** Its name in the data folder of the mesh. */
export const JOIN_FILE = "join.json";

const ADDRESS = z.string().refine((text) => hostPortsIn(text) !== undefined);
const PASSWORD = z.string().regex(/^[A-Za-z0-9]+$/);

const CONTENT = z.object({
  version: z.literal(1),
  /** host:port of nats-server. */
  nats: ADDRESS,
  /** host:port of the gateway's internal port. */
  gateway: ADDRESS,
  /** By stage. */
  passwords: z.object({ depth: PASSWORD, render: PASSWORD, encode: PASSWORD }),
  token: z.string().min(32),
  /** PEM; absent where connections are not encrypted. */
  tls: z
    .object({ ca: z.string(), certificate: z.string(), key: z.string(), serverName: z.string() })
    .optional(),
});

export type JoinFile = Readonly<z.infer<typeof CONTENT>>;

interface JoinParts {
  readonly nats: { readonly address: string; readonly passwords: NatsPasswords };
  readonly gateway: string;
  readonly token: string;
}

/** `certificates` is the folder of a set, whose worker certificate the others get too. */
export function joinFileOf(
  { nats, gateway, token }: JoinParts,
  certificates: string | undefined,
): JoinFile {
  const { depth, render, encode } = nats.passwords;
  const passwords = { depth, render, encode };
  const common = { version: 1, nats: nats.address, gateway, passwords, token } as const;
  if (certificates === undefined) return common;
  const { certificate, key } = filesOf(certificates, "worker");
  const pem = (path: string) => readFileSync(path, "utf8");
  const ca = pem(filesOf(certificates, AUTHORITY).certificate);
  const tls = { ca, certificate: pem(certificate), key: pem(key), serverName: MESH_NAME };
  return { ...common, tls };
}

export function writeJoinFile(path: string, file: JoinFile): void {
  writePrivateFile(path, `${JSON.stringify(file, null, 2)}\n`);
}

/**
 * Throws FILE_NOT_FOUND, and PARAMETER_CONFLICT for a file that other users can read or that is
 * none of `depthmesh up --listen`.
 */
export function readJoinFile(path: string): JoinFile {
  const text = readPrivateFile(path);
  try {
    return CONTENT.parse(JSON.parse(text));
  } catch {
    // What is wrong with it could quote a secret.
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${path} is no join file of this version; copy ${JOIN_FILE} anew from the data folder of the machine that runs \`depthmesh up --listen\``,
    );
  }
}
