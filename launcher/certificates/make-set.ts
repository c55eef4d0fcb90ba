/** Makes the certificates of a mesh, or renews them with the authority that made them. */
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { type Made, makeCertificate, type Signer, signerOf } from "./certificate.js";
import {
  AUTHORITY,
  filesOf,
  MEMBER_NAMES,
  MEMBERS,
  MESH_NAME,
  requestFor,
} from "./certificate-set.js";

export interface SetOptions {
  readonly folder: string;
  /** Names and addresses of the servers besides those of this machine. */
  readonly hosts?: readonly string[];
  /** How long the certificates are valid; the authority is valid for ten years at least. */
  readonly days: number;
  /** Keep the authority and sign new certificates, for the same hosts if none are given. */
  readonly renew?: boolean;
  /** Replace everything, the authority too. */
  readonly force?: boolean;
}

const AUTHORITY_SUBJECT = { commonName: "depthmesh development authority" };
const AUTHORITY_DAYS = 3_650;
const LOCAL_HOSTS = ["localhost", "127.0.0.1", "::1"];

/**
 * Writes the set. Rejects with PARAMETER_CONFLICT where it would overwrite one unasked, or where
 * there is none to renew.
 */
export async function makeCertificateSet({
  folder,
  hosts,
  days,
  renew,
  force,
}: SetOptions): Promise<void> {
  const authority = filesOf(folder, AUTHORITY);
  const exists = existsSync(authority.key) || existsSync(authority.certificate);
  if (exists && !renew && !force) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${folder} has certificates already; --renew signs new ones with the same authority, --force replaces the authority too`,
      { metadata: { folder } },
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const signer = await (renew ? readAuthority(folder) : makeAuthority(folder, days));
  const names = [...LOCAL_HOSTS, ...(hosts ?? (renew ? knownHosts(folder) : []))];
  for (const name of MEMBER_NAMES) {
    const made = await makeCertificate(requestFor(name, [...new Set(names)], days), signer);
    writeMade(folder, name, made);
  }
  writeFileSync(join(folder, "README.md"), readme(days));
}

async function makeAuthority(folder: string, days: number): Promise<Signer> {
  const made = await makeCertificate({
    subject: AUTHORITY_SUBJECT,
    use: "authority",
    days: Math.max(days, AUTHORITY_DAYS),
  });
  writeMade(folder, AUTHORITY, made);
  return signerOf(AUTHORITY_SUBJECT, made.key);
}

async function readAuthority(folder: string): Promise<Signer> {
  const { key } = filesOf(folder, AUTHORITY);
  try {
    return await signerOf(AUTHORITY_SUBJECT, readFileSync(key, "utf8"));
  } catch (cause) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${key} is no key of an authority, so there is nothing to renew; without --renew a new set is made`,
      { metadata: { folder }, cause },
    );
  }
}

/** The hosts of the gateway's certificate. */
function knownHosts(folder: string): string[] {
  try {
    const { subjectAltName } = new X509Certificate(
      readFileSync(filesOf(folder, "gateway").certificate),
    );
    const names = [...(subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)];
    return names.map(([, name = ""]) => name).filter((name) => name !== MESH_NAME);
  } catch {
    return [];
  }
}

/** The key first: a service that reads between the two keeps the pair that it has. */
function writeMade(folder: string, name: Parameters<typeof filesOf>[1], made: Made): void {
  const { certificate, key } = filesOf(folder, name);
  replaceFile(key, made.key, 0o600);
  replaceFile(certificate, made.certificate, 0o644);
}

function replaceFile(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

function readme(days: number): string {
  const rows = MEMBER_NAMES.map((name) => {
    const roles = MEMBERS[name].roles.join(", ") || "none";
    return `| \`${name}.crt\`, \`${name}.key\` | ${roles} | ${MEMBERS[name].meaning} |`;
  });
  return [
    "# Certificates of a depthmesh mesh",
    "",
    `For development and for networks of your own. \`depthmesh certs\` made them, valid for ${days} days;`,
    "`depthmesh certs --renew` signs new ones with the same authority, and running services take",
    "them without a restart.",
    "",
    "| files | roles | for |",
    "|---|---|---|",
    "| `ca.crt`, `ca.key` | | the authority: `ca.crt` goes to everybody who connects, `ca.key` stays here |",
    ...rows,
    "",
    "A certificate names its tenant (O), its roles (OU) and its caller (CN). Keys are secret: whoever",
    "has one is who its certificate says. Every server's certificate also has the name",
    `\`${MESH_NAME}\`, which processes of the mesh check instead of an address`,
    "(`DEPTHMESH_TLS_SERVER_NAME`).",
    "",
    "    depthmesh up --tls THIS_FOLDER",
    "    depthmesh convert photo.jpg --address HOST:7410 --ca THIS_FOLDER/ca.crt",
    "",
  ].join("\n");
}
