/** TLS of a gRPC server whose certificate is renewed while it runs. */
import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import type { CertificateFiles, Certificates } from "./certificate-files.js";

const MIN_VERSION = "TLSv1.2";

export class RenewedServerCredentials extends ServerCredentials {
  /**
   * A caller is asked for a certificate if the files name authorities. A connection without one,
   * or with one of another authority, is a connection of nobody: what it may call is for the guard
   * of the port to say, in words that a caller can read. A connection that has not finished its
   * handshake within `handshakeMs` is closed; Node would wait two minutes.
   */
  constructor(files: CertificateFiles, handshakeMs: number) {
    const { ca } = files.current;
    const options = {
      requestCert: ca !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: handshakeMs,
    };
    super(options, contextOf(files.current));
    files.onRenewal((certificates) => this.updateSecureContextOptions(contextOf(certificates)));
  }

  _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf({ cert, key, ca }: Certificates): SecureContextOptions {
  return { cert, key, ...(ca && { ca }), minVersion: MIN_VERSION };
}
