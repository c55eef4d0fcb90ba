/**
 * What an image consists of, as components of a CycloneDX document: npm packages from the lock
 * file, Debian packages from dpkg's status.
 */

/** A component of CycloneDX 1.5, as far as we fill it in. */
export interface Component {
  readonly type: "application" | "library" | "machine-learning-model";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly License[];
}

/** An SPDX expression, or the name of a licence that has none. */
export type License =
  | { readonly expression: string }
  | { readonly license: { readonly name: string } };

export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
}

const NODE_MODULES = "node_modules/";

/** The folder of the package that a file of node_modules belongs to; undefined for other files. */
export function packageFolder(file: string): string | undefined {
  const start = file.lastIndexOf(NODE_MODULES);
  if (start < 0) return undefined;
  const [first = "", second = ""] = file.slice(start + NODE_MODULES.length).split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  return file.slice(0, start) + NODE_MODULES + name;
}

/**
 * The packages in these folders of node_modules. Throws for a folder that the lock file does not
 * have: the document would be incomplete.
 */
export function npmComponents(
  folders: Iterable<string>,
  lock: Readonly<Record<string, LockedPackage>>,
): Component[] {
  return [...new Set(folders)].sort().map((folder) => {
    const locked = lock[folder];
    if (!locked) throw new Error(`package-lock.json has no ${folder}`);
    const name = folder.slice(folder.lastIndexOf(NODE_MODULES) + NODE_MODULES.length);
    const { version, license, integrity } = locked;
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      type: "library",
      // The same version may be there twice.
      "bom-ref": `${purl}#${folder}`,
      name,
      version,
      purl,
      ...(integrity && { hashes: [hashOf(integrity)] }),
      // A licence field may also be a sentence.
      ...(license && { licenses: [licenseOf(license)] }),
    };
  });
}

/**
 * Subresource Integrity has the algorithm in front and base64; CycloneDX has hexadecimal digits.
 */
function hashOf(integrity: string) {
  const [algorithm = "", base64 = ""] = integrity.split("-");
  const alg = algorithm.toUpperCase().replace("SHA", "SHA-");
  return { alg, content: Buffer.from(base64, "base64").toString("hex") };
}

function licenseOf(text: string): License {
  return /^[\w.+() -]+$/.test(text) && !/^see /i.test(text)
    ? { expression: text }
    : { license: { name: text } };
}

/** The installed packages of dpkg's status file; also of one of the files of status.d. */
export function debComponents(status: string, distribution: string): Component[] {
  return status.split(/\n\n+/).flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1];
    const [name, version, arch] = [field("Package"), field("Version"), field("Architecture")];
    const isInstalled = (field("Status") ?? "").endsWith(" installed");
    if (!name || !version || !arch || !isInstalled) return [];
    const encoded = encodeURIComponent(version);
    const purl = `pkg:deb/debian/${name}@${encoded}?arch=${arch}&distro=${distribution}`;
    return [{ type: "library" as const, "bom-ref": purl, name, version, purl }];
  });
}
