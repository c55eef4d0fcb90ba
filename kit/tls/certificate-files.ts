/**
 * A certificate, its key and the authorities to trust, read from files, and read again when the
 * files change, so that a renewed certificate needs no restart.
 */
import { X509Certificate } from "node:crypto";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import type { experimental } from "@grpc/grpc-js";

/** Paths of PEM files. */
export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  /** Undefined for the authorities that Node trusts. */
  readonly ca: string | undefined;
}

export interface Certificates {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
}

export interface CertificateEvents {
  /** A new certificate is in use, for connections from now on. */
  readonly onRenewed?: (facts: { readonly subject: string; readonly expires: string }) => void;
  /** The files cannot be used; what was read before stays in use. */
  readonly onBroken?: (error: Error) => void;
}

/** Somebody who replaces two files is done with both within this time. */
const SETTLE_MS = 250;
/** Some file systems tell nothing of changes. */
const POLL_MS = 10_000;

export class CertificateFiles implements experimental.CertificateProvider {
  readonly paths: CertificatePaths;
  readonly #events: CertificateEvents;
  readonly #listeners = new Set<(certificates: Certificates) => void>();
  readonly #watchers: readonly FSWatcher[];
  readonly #poll: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;
  #current: Certificates;
  /** Text of the last failure: each is told once, not with each poll. */
  #failure = "";

  /** Throws an error that names the file if one cannot be read, or the two do not match. */
  constructor(paths: CertificatePaths, events: CertificateEvents = {}) {
    this.paths = paths;
    this.#events = events;
    this.#current = readCertificates(paths);
    const files = [paths.cert, paths.key, ...(paths.ca === undefined ? [] : [paths.ca])];
    // The folders, because a file is usually replaced by renaming another one.
    const folders = new Set(files.map((file) => dirname(resolve(file))));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    this.#poll = setInterval(() => this.#readAgain(), POLL_MS);
    this.#poll.unref();
  }

  get current(): Certificates {
    return this.#current;
  }

  /** Calls `listener` with each new set. The returned function removes it. */
  onRenewal(listener: (certificates: Certificates) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
  }

  // As grpc-js wants it. Its channels ask once for each connection that they make.
  readonly #removals = new Map<unknown, () => void>();

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    const tell = ({ ca }: Certificates) =>
      listener({ caCertificate: ca ?? Buffer.from(rootCertificates.join("\n")) });
    this.#removals.set(listener, this.onRenewal(tell));
    tell(this.#current);
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#remove(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    const tell = ({ cert, key }: Certificates) => listener({ certificate: cert, privateKey: key });
    this.#removals.set(listener, this.onRenewal(tell));
    tell(this.#current);
  }

  removeIdentityCertificateListener(
    listener: experimental.IdentityCertificateUpdateListener,
  ): void {
    this.#remove(listener);
  }

  #remove(listener: unknown): void {
    this.#removals.get(listener)?.();
    this.#removals.delete(listener);
  }

  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#readAgain(), SETTLE_MS);
        this.#settling.unref();
      });
      // A folder that is gone; the poll goes on.
      watcher.on("error", () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  #readAgain(): void {
    let read: Certificates;
    try {
      read = readCertificates(this.paths);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (failure.message !== this.#failure) this.#events.onBroken?.(failure);
      this.#failure = failure.message;
      return;
    }
    this.#failure = "";
    const { cert, key, ca } = this.#current;
    const sameCa = read.ca === undefined || (ca !== undefined && read.ca.equals(ca));
    if (read.cert.equals(cert) && read.key.equals(key) && sameCa) return;
    this.#current = read;
    for (const listener of this.#listeners) listener(read);
    const { subject, validTo } = new X509Certificate(read.cert);
    this.#events.onRenewed?.({ subject: subject.replaceAll("\n", ", "), expires: validTo });
  }
}

/** Throws an error with the path of what cannot be used; it has nothing of a key. */
function readCertificates(paths: CertificatePaths): Certificates {
  const certificates = {
    cert: readFile(paths.cert),
    key: readFile(paths.key),
    ca: paths.ca === undefined ? undefined : readFile(paths.ca),
  };
  try {
    // Checks each, and that key and certificate belong together.
    createSecureContext(certificates);
    new X509Certificate(certificates.cert);
  } catch (error) {
    const files = [paths.cert, paths.key, ...(paths.ca === undefined ? [] : [paths.ca])].join(", ");
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the certificate cannot be used (${files}): ${why}`, { cause: error });
  }
  return certificates;
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new Error(`the file ${path} cannot be read: ${code}`, { cause: error });
  }
}
