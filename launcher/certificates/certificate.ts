/** Makes X.509 certificates with keys of the curve P-256, for meshes that have no authority. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIP } from "node:net";
import {
  bits,
  boolean,
  identifier,
  integer,
  octets,
  sequence,
  set,
  time,
  utf8,
  value,
} from "./der.js";

/** Who a certificate stands for; a role is an organizational unit. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  readonly roles?: readonly string[];
}

export interface Signer {
  readonly subject: Subject;
  readonly key: KeyObject;
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

const ECDSA_SHA256 = sequence(identifier("1.2.840.10045.4.3.2"));
const DAY_MS = 86_400_000;
/** Clocks differ. */
const EARLIER_MS = 3_600_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
/** digitalSignature; keyCertSign and cRLSign. The number of unused bits is that of the byte. */
const SIGNS_HANDSHAKES = bits(Buffer.from([0x80]), 7);
const SIGNS_CERTIFICATES = bits(Buffer.from([0x06]), 1);

/** A new key and its certificate, signed by `signer`, or by itself. */
export function makeCertificate(request: CertificateRequest, signer?: Signer): Made {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const by = signer ?? { subject: request.subject, key: privateKey };
  const nowMs = Date.now();
  const content = sequence(
    value(0xa0, integer(Buffer.from([2]))),
    // A positive number that nobody has had before.
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ECDSA_SHA256,
    nameOf(by.subject),
    sequence(time(new Date(nowMs - EARLIER_MS)), time(new Date(nowMs + request.days * DAY_MS))),
    nameOf(request.subject),
    spkiOf(publicKey),
    value(0xa3, sequence(...extensionsOf(request, publicKey, createPublicKey(by.key)))),
  );
  const signature = bits(sign("sha256", content, by.key));
  return {
    certificate: pem("CERTIFICATE", sequence(content, ECDSA_SHA256, signature)),
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** The signer with this key (PEM). Throws if it is no key. */
export function signerOf(subject: Subject, key: string): Signer {
  return { subject, key: createPrivateKey(key) };
}

function extensionsOf(
  { use, hosts = [] }: CertificateRequest,
  own: KeyObject,
  signers: KeyObject,
): Buffer[] {
  const isAuthority = use === "authority";
  const uses = [
    ...(use === "server" || use === "both" ? [SERVER_AUTH] : []),
    ...(use === "client" || use === "both" ? [CLIENT_AUTH] : []),
  ];
  const identity = keyIdOf(own);
  return [
    // An authority signs no other authorities.
    extension(
      "2.5.29.19",
      isAuthority ? sequence(boolean(true), integer(Buffer.from([0]))) : sequence(),
      true,
    ),
    extension("2.5.29.15", isAuthority ? SIGNS_CERTIFICATES : SIGNS_HANDSHAKES, true),
    ...(uses.length > 0 ? [extension("2.5.29.37", sequence(...uses.map(identifier)))] : []),
    ...(hosts.length > 0 ? [extension("2.5.29.17", sequence(...hosts.map(hostName)))] : []),
    extension("2.5.29.14", octets(identity)),
    extension("2.5.29.35", sequence(value(0x80, keyIdOf(signers)))),
  ];
}

function extension(id: string, content: Buffer, isCritical = false): Buffer {
  return sequence(identifier(id), ...(isCritical ? [boolean(true)] : []), octets(content));
}

function hostName(host: string): Buffer {
  const version = isIP(host);
  if (version === 0) return value(0x82, Buffer.from(host, "ascii"));
  return value(0x87, version === 4 ? ipv4(host) : ipv6(host));
}

const ipv4 = (address: string) => Buffer.from(address.split(".").map(Number));

function ipv6(address: string): Buffer {
  // The URL parser writes an embedded IPv4 address as two groups.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const after = groups(tail ?? "");
  const zeros = Array<string>(8 - groups(head).length - after.length).fill("0");
  const all = [...groups(head), ...(tail === undefined ? [] : zeros), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function nameOf({ commonName, organization, roles = [] }: Subject): Buffer {
  const part = (id: string, text: string) => set(sequence(identifier(id), utf8(text)));
  return sequence(
    ...(organization === undefined ? [] : [part("2.5.4.10", organization)]),
    ...roles.map((role) => part("2.5.4.11", role)),
    part("2.5.4.3", commonName),
  );
}

const spkiOf = (key: KeyObject) => key.export({ type: "spki", format: "der" });
const keyIdOf = (key: KeyObject) => createHash("sha1").update(spkiOf(key)).digest();

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
