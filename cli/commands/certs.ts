/** `depthmesh certs`: makes the certificates with which a mesh encrypts its connections. */
import { isIP } from "node:net";
import { join } from "node:path";
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { userDataFolder } from "../../kit/process/user-folders.js";
import { count } from "../options.js";
import { print } from "../print.js";

interface CertsOptions {
  readonly folder?: string;
  readonly hosts?: readonly string[];
  readonly days: number;
  readonly renew?: boolean;
  readonly force?: boolean;
}

const DAYS = 365;
const MAX_DAYS = 3_650;
const HOST = /^([a-z0-9_*]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9_]([a-z0-9-]*[a-z0-9])?)*$/i;

export function addCerts(program: Command): void {
  program
    .command("certs")
    .description("make certificates that encrypt the connections of a mesh, for development")
    .option(
      "--folder <folder>",
      "where to write them (default: certs in the user's data folder of depthmesh)",
    )
    .option(
      "--hosts <list>",
      "names and IP addresses of the gateway and the workers, with commas between them, besides localhost",
      hostList,
    )
    .option("--days <n>", "days until they expire", count(1, MAX_DAYS), DAYS)
    .option("--renew", "sign new certificates with the authority that the folder has")
    .option("--force", "replace everything in the folder, the authority too")
    .action(makeCertificates);
}

async function makeCertificates({ folder, ...options }: CertsOptions): Promise<void> {
  const into = folder ?? join(userDataFolder(), "certs");
  const { makeCertificateSet } = await import("../../launcher/certificates/make-set.js");
  await makeCertificateSet({ folder: into, ...options });
  print(`${into}: certificates for ${options.days} days; its README.md says what each is for`);
  if (options.renew) print("running services take them within ten seconds");
  else print(`depthmesh up --tls ${into}`);
}

/** Throws PARAMETER_OUT_OF_RANGE for what is neither a host name nor an IP address. */
function hostList(text: string): readonly string[] {
  const hosts = text.split(",").map((host) => host.trim());
  for (const host of hosts) {
    if (isIP(host) === 0 && !(host.length <= 253 && HOST.test(host))) {
      throw new DepthmeshError(
        "PARAMETER_OUT_OF_RANGE",
        `"${host.slice(0, 100)}" in --hosts is neither a host name nor an IP address`,
        { metadata: { field: "--hosts" } },
      );
    }
  }
  return hosts;
}
