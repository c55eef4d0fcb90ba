/** How a command on this machine calls the processes of a mesh that runs on it. */
import { readFileSync } from "node:fs";
import { credentials } from "@grpc/grpc-js";
import type { MeshAccess } from "../kit/rpc/mesh-access.js";
import type { MeshFile } from "./mesh-file.js";

/** Throws if the file of the authorities cannot be read. */
export function accessTo({ token, tls }: Pick<MeshFile, "token" | "tls">): MeshAccess {
  if (!tls) return { channel: credentials.createInsecure(), serverName: undefined, token };
  const authorities = tls.ca === undefined ? null : readFileSync(tls.ca);
  return { channel: credentials.createSsl(authorities), serverName: tls.serverName, token };
}
