/**
 * The software bill of materials of an image, as CycloneDX 1.5 on standard output. It runs in the
 * image itself, where it finds what is there: `node sbom.js BUILD FOLDER SERVICE`, where BUILD is
 * the folder that depthmesh was built in and FOLDER the traced files of SERVICE.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  type Component,
  debComponents,
  type LockedPackage,
  npmComponents,
  packageFolder,
} from "./sbom-components.js";

const DPKG = "/var/lib/dpkg";
/** deploy/ffmpeg/build writes it: the name and the version of Debian's source. */
const FFMPEG_SOURCE = "/usr/share/doc/depthmesh-ffmpeg/source";
const BUNDLES = join("dist", "bundle");
const STUDIO = join("dist", "studio", "/");

const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8")) as T;

/** Every file below the folder, relative to it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/**
 * Folders of node_modules: of the files themselves, and of those that are in the bundles and in the
 * studio.
 */
function packageFolders(build: string, files: readonly string[]): string[] {
  const bundled = json<Record<string, readonly string[]>>(build, BUNDLES, "packages.json");
  const hasStudio = files.some((file) => file.startsWith(STUDIO));
  const studio = hasStudio ? json<readonly string[]>(build, "dist", "studio-packages.json") : [];
  return [
    ...[...files, ...studio].flatMap((file) => packageFolder(file) ?? []),
    ...files.flatMap((file) => bundled[relative(BUNDLES, file)] ?? []),
  ];
}

function debian(): Component[] {
  const release = readFileSync("/etc/os-release", "utf8");
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(release)?.[1] ?? "";
  const folder = join(DPKG, "status.d");
  const parts = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const status = [join(DPKG, "status"), ...parts].map((path) => readFileSync(path, "utf8"));
  return debComponents(status.join("\n\n"), `${field("ID")}-${field("VERSION_ID")}`);
}

function programs(): Component[] {
  const node: Component = {
    type: "application",
    "bom-ref": "node",
    name: "node",
    version: process.versions.node,
    purl: `pkg:generic/node@${process.versions.node}`,
  };
  if (!existsSync(FFMPEG_SOURCE)) return [node];
  const [name = "", version = ""] = readFileSync(FFMPEG_SOURCE, "utf8").trim().split(" ");
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=source`;
  const licenses = [{ expression: "GPL-2.0-or-later" }];
  return [node, { type: "application", "bom-ref": purl, name, version, purl, licenses }];
}

function models(folder: string, files: readonly string[]): Component[] {
  return files
    .filter((file) => file.endsWith(".onnx"))
    .map((file) => {
      const sha256 = createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex");
      return {
        type: "machine-learning-model",
        "bom-ref": file,
        name: file,
        version: sha256.slice(0, 12),
        hashes: [{ alg: "SHA-256", content: sha256 }],
      };
    });
}

function sbom(build: string, folder: string, service: string) {
  const files = filesBelow(folder);
  const { version } = json<{ version: string }>(folder, "package.json");
  const { packages } = json<{ packages: Record<string, LockedPackage> }>(
    build,
    "package-lock.json",
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "container",
        "bom-ref": `depthmesh-${service}`,
        name: `depthmesh-${service}`,
        version,
        licenses: [{ expression: "Apache-2.0" }],
      },
    },
    components: [
      ...programs(),
      ...models(folder, files),
      ...npmComponents(packageFolders(build, files), packages),
      ...debian(),
    ],
  };
}

const [build = "", folder = "", service = ""] = process.argv.slice(2);
if (service === "") throw new Error("usage: sbom BUILD FOLDER SERVICE");
process.stdout.write(`${JSON.stringify(sbom(build, folder, service), null, 1)}\n`);
