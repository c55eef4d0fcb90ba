/** Makes X.509 certificates with keys of the curve P-256, for meshes that have no authority. */
import "reflect-metadata";
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** Who a certificate stands for; a role is an organizational unit. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  readonly roles?: readonly string[];
}

export interface Signer {
  readonly subject: Subject;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface CertificateRequest {
  readonly subject: Subject;
  /**
   * "authority" may sign others; "server" and "client" may be shown by one side, "both" by each.
   */
  readonly use: "authority" | "server" | "client" | "both";
  /** Names and IP addresses of a server. */
  readonly hosts?: readonly string[];
  readonly days: number;
}

export interface Made {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const { subtle } = webcrypto;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
/** Clocks differ. */
const EARLIER_MS = 3_600_000;

/** A new key and its certificate, signed by `signer`, or by itself. */
export async function makeCertificate(request: CertificateRequest, signer?: Signer): Promise<Made> {
  const keys = await subtle.generateKey(P256, true, ["sign", "verify"]);
  const by = signer ?? { subject: request.subject, keys };
  const nowMs = Date.now();
  const certificate = await X509CertificateGenerator.create({
    // A positive number that nobody has had before.
    serialNumber: `40${randomBytes(15).toString("hex")}`,
    issuer: nameOf(by.subject),
    subject: nameOf(request.subject),
    notBefore: new Date(nowMs - EARLIER_MS),
    notAfter: new Date(nowMs + request.days * DAY_MS),
    signingAlgorithm: P256,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    extensions: await extensionsOf(request, keys.publicKey, by.keys.publicKey),
  });
  const pkcs8 = Buffer.from(await subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: String(key.export({ type: "pkcs8", format: "pem" })),
  };
}

/** The signer with this key (PEM). Rejects if it is no key of the curve P-256. */
export async function signerOf(subject: Subject, key: string): Promise<Signer> {
  const pkcs8 = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey("pkcs8", pkcs8, P256, true, ["sign"]),
    subtle.importKey("spki", spki, P256, true, ["verify"]),
  ]);
  return { subject, keys: { privateKey, publicKey } };
}

async function extensionsOf(
  { use, hosts = [] }: CertificateRequest,
  own: webcrypto.CryptoKey,
  signers: webcrypto.CryptoKey,
): Promise<Extension[]> {
  const isAuthority = use === "authority";
  const uses = [
    ...(use === "server" || use === "both" ? [ExtendedKeyUsage.serverAuth] : []),
    ...(use === "client" || use === "both" ? [ExtendedKeyUsage.clientAuth] : []),
  ];
  const names = hosts.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
  return [
    // An authority signs no other authorities.
    new BasicConstraintsExtension(isAuthority, isAuthority ? 0 : undefined, true),
    new KeyUsagesExtension(
      isAuthority
        ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
        : KeyUsageFlags.digitalSignature,
      true,
    ),
    ...(uses.length > 0 ? [new ExtendedKeyUsageExtension(uses)] : []),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    await SubjectKeyIdentifierExtension.create(own),
    await AuthorityKeyIdentifierExtension.create(signers),
  ];
}

function nameOf({ commonName, organization, roles = [] }: Subject): JsonName {
  return [
    ...(organization === undefined ? [] : [{ O: [organization] }]),
    ...roles.map((role) => ({ OU: [role] })),
    { CN: [commonName] },
  ];
}
