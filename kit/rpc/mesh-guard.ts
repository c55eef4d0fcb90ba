/** Who may call the internal port of a process: other processes of the mesh. */
import type { Metadata } from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import { identityOfCertificate } from "../tls/certificate-identity.js";
import type { CallGuard, Peer } from "./call-guard.js";
import { DEFAULT_TENANT, type Identity, TRUSTED } from "./identity.js";
import { meshTokenIn } from "./mesh-token.js";

/** A process that has shown the secret of the mesh. */
const MESH_PROCESS: Identity = {
  tenant: DEFAULT_TENANT,
  roles: new Set(["worker"] as const),
  caller: "mesh",
};

/** The guard of an internal port that asks nobody for credentials. */
export const OPEN_MESH_GUARD: CallGuard = {
  authenticate: () => TRUSTED,
  authorize: () => {},
};

/**
 * Asks for the secret of the mesh, or for a certificate with the role `worker`. `token` is
 * undefined where certificates alone are shown.
 */
export function meshGuard(token: string | undefined): CallGuard {
  return {
    authenticate: (metadata, peer) => authenticate(metadata, peer, token),
    authorize: ({ roles }, path) => {
      if (roles.has("worker")) return;
      throw new DepthmeshError(
        "ROLE_REQUIRED",
        "the call needs a certificate with the role worker (OU): this port is for processes of the mesh",
        { metadata: { role: "worker", method: path } },
      );
    },
  };
}

function authenticate(metadata: Metadata, peer: Peer, token: string | undefined): Identity {
  const shown = token === undefined ? "absent" : meshTokenIn(metadata, token);
  if (shown === "right") return MESH_PROCESS;
  if (shown === "wrong") {
    throw new DepthmeshError(
      "CREDENTIALS_INVALID",
      "the call shows another secret than that of this mesh; give every process the same DEPTHMESH_MESH_TOKEN",
    );
  }
  if (peer.certificate) return identityOfCertificate(peer.certificate);
  const ways = token === undefined ? "" : "`authorization: Mesh <DEPTHMESH_MESH_TOKEN>`, or ";
  throw new DepthmeshError(
    "CREDENTIALS_MISSING",
    `this port is for processes of the mesh: show ${ways}a certificate of the role worker that DEPTHMESH_TLS_CA has signed`,
  );
}
