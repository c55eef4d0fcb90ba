/**
 * What a process shows other processes of its mesh, and how it recognizes them: a certificate, and
 * a secret that all of them have.
 */
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";

/** How this process calls others of its mesh. */
export interface MeshAccess {
  readonly channel: ChannelCredentials;
  /** The name in their certificates; undefined for the host of their address. */
  readonly serverName: string | undefined;
  /** Undefined if the mesh has none. */
  readonly token: string | undefined;
}

/** Not encrypted, and without a secret: a mesh on the loopback. */
export const PLAIN_ACCESS: MeshAccess = {
  channel: credentials.createInsecure(),
  serverName: undefined,
  token: undefined,
};

let own: MeshAccess = PLAIN_ACCESS;

/** A service sets it when it starts: its calls are made in many places. */
export function setOwnAccess(access: MeshAccess): void {
  own = access;
}

export function ownAccess(): MeshAccess {
  return own;
}
