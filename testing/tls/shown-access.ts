/** What callers of a mesh with TLS show: certificates of a set, and the secret of the mesh. */
import { readFileSync } from "node:fs";
import { credentials } from "@grpc/grpc-js";
import type { TlsOptions } from "../../client/channel.js";
import type { MeshAccess } from "../../kit/rpc/mesh-access.js";
import {
  AUTHORITY,
  filesOf,
  MESH_NAME,
  type MemberName,
} from "../../launcher/certificates/certificate-set.js";

/** A certificate of a set. */
export type Shown = readonly [folder: string, name: MemberName];

/** The certificate of the authority of the set in this folder. */
export const authorityOf = (folder: string): Buffer =>
  readFileSync(filesOf(folder, AUTHORITY).certificate);

/** A caller of the API who trusts the authority of the set in `trusted`. */
export function tlsWith(trusted: string, shown: Shown): TlsOptions {
  const { certificate, key } = filesOf(...shown);
  return {
    ...{ rootCertificates: authorityOf(trusted), serverName: MESH_NAME },
    ...{ certificate: readFileSync(certificate), privateKey: readFileSync(key) },
  };
}

/** A process that calls an internal port with a certificate, the secret, both or neither. */
export function accessWith(
  trusted: string,
  { shown, token }: { readonly shown?: Shown; readonly token?: string } = {},
): MeshAccess {
  const own = shown && filesOf(...shown);
  const [key, certificate] = own
    ? [readFileSync(own.key), readFileSync(own.certificate)]
    : [null, null];
  const channel = credentials.createSsl(authorityOf(trusted), key, certificate);
  return { channel, serverName: MESH_NAME, token };
}
