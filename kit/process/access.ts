/** The certificate and the secret of this process, and what it asks of those who call it. */
import { credentials, experimental } from "@grpc/grpc-js";
import type { CommonConfig } from "../config.js";
import type { Log } from "../log.js";
import { isLoopback } from "../network/loopback.js";
import type { CallGuard } from "../rpc/call-guard.js";
import type { MeshAccess } from "../rpc/mesh-access.js";
import { meshGuard, OPEN_MESH_GUARD } from "../rpc/mesh-guard.js";
import { readMeshToken } from "../rpc/mesh-token.js";
import { CertificateFiles } from "../tls/certificate-files.js";

export type AccessConfig = Pick<
  CommonConfig,
  "tlsCert" | "tlsKey" | "tlsCa" | "tlsServerName" | "meshToken" | "meshTokenFile" | "stageAccess"
>;

export interface ProcessAccess {
  /** Undefined where connections are not encrypted. */
  readonly certificates: CertificateFiles | undefined;
  /** How this process calls others of the mesh. */
  readonly mesh: MeshAccess;
  /**
   * The guard of a port for processes of the mesh that listens on `host`. Throws an error where
   * other machines could reach it and nobody would be asked for credentials.
   */
  internalGuard(host: string): CallGuard;
}

/** Throws an error that names the setting or the file that is wrong. */
export function openAccess(config: AccessConfig, log: Log): ProcessAccess {
  const token = readMeshToken(config);
  const certificates = openCertificates(
    { cert: config.tlsCert, key: config.tlsKey, ca: config.tlsCa },
    "DEPTHMESH_TLS_",
    log,
  );
  const channel = certificates
    ? experimental.createCertificateProviderChannelCredentials(certificates, certificates)
    : credentials.createInsecure();
  const asksCertificates = certificates?.current.ca !== undefined;
  return {
    certificates,
    mesh: { channel, serverName: config.tlsServerName || undefined, token },
    internalGuard: (host) => {
      if (config.stageAccess === "open") return OPEN_MESH_GUARD;
      if (token !== undefined || asksCertificates) return meshGuard(token);
      if (isLoopback(host)) return OPEN_MESH_GUARD;
      throw new Error(
        `other machines reach ${host}, and nothing tells which of them belong to the mesh: give every process the same DEPTHMESH_MESH_TOKEN, or certificates (DEPTHMESH_TLS_CERT, DEPTHMESH_TLS_KEY, DEPTHMESH_TLS_CA); DEPTHMESH_STAGE_ACCESS=open lets everybody call who reaches this port`,
      );
    },
  };
}

/**
 * The certificate of the settings whose names begin with `prefix`; undefined where they name none.
 * It is read again when its files change. Throws an error if it cannot be used.
 */
export function openCertificates(
  { cert, key, ca }: { readonly cert: string; readonly key: string; readonly ca: string },
  prefix: string,
  log: Log,
): CertificateFiles | undefined {
  if (cert === "" && key === "" && ca === "") return undefined;
  if (cert === "" || key === "") {
    const missing = cert === "" ? "CERT" : "KEY";
    throw new Error(
      `${prefix}${missing} is not set: an encrypted port needs a certificate and its key`,
    );
  }
  return new CertificateFiles(
    { cert, key, ca: ca === "" ? undefined : ca },
    {
      onRenewed: (facts) => log.info(facts, "a renewed certificate is in use"),
      onBroken: (error) =>
        log.error(
          { err: error },
          "new certificate files cannot be used; the certificate before stays in use",
        ),
    },
  );
}
