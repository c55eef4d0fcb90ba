/**
 * The secrets of a mesh that other hosts join: made once, because those hosts have them too when
 * this machine starts again.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { newMeshToken } from "../kit/rpc/mesh-token.js";
import { type NatsPasswords, newNatsPasswords } from "./nats-server.js";
import { readPrivateFile, writePrivateFile } from "./private-file.js";

export interface MeshSecrets {
  /** What its processes show each other. */
  readonly token: string;
  readonly nats: NatsPasswords;
}

export const SECRETS_FILE = "secrets.json";

/** As nats-server takes it from its environment. */
const PASSWORD = z.string().regex(/^[A-Za-z][A-Za-z0-9]{15,127}$/);
const SECRETS = z.object({
  token: z.string().min(32),
  nats: z.object({
    gateway: PASSWORD,
    depth: PASSWORD,
    render: PASSWORD,
    encode: PASSWORD,
    operator: PASSWORD,
  }),
});

/**
 * Those in the folder, or new ones that are kept there. Throws where others can read the file, or
 * it holds no secrets: removing it makes new ones.
 */
export function lastingSecrets(folder: string): MeshSecrets {
  const path = join(folder, SECRETS_FILE);
  if (!existsSync(path)) {
    const made = { token: newMeshToken(), nats: newNatsPasswords() };
    writePrivateFile(path, `${JSON.stringify(made, null, 2)}\n`);
    return made;
  }
  try {
    return SECRETS.parse(JSON.parse(readPrivateFile(path)));
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    // Its text is not quoted.
    throw new Error(
      `${path} holds no secrets of a mesh; remove it, and each host that has joined needs the new join.json`,
    );
  }
}
