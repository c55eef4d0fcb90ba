/**
 * Puts each program of the package into one file: a process that reads one file starts in half the
 * time of one that reads a thousand. The programs of threads and child processes have files of
 * their own, below dist/bundle/ as they are below dist/. Tests and benches run from dist/ itself.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { packageFolder } from "./sbom-components.js";
import { withoutPackages } from "./source-map.js";

const PROGRAMS = [
  ...["gateway", "depth", "render", "encode", "web"].map((service) => `services/${service}/main`),
  ...["services/depth/pixels/thread", "services/depth/inference/onnx-thread"],
  "services/depth/decode/child",
  "services/gateway/catalogue/pglite-thread",
  "services/render/probe",
  ...["services/render/gl/thread", "services/render/takeaway/thread"],
  ...["cli/main", "kit/rpc/health-probe"],
];

/** Packages that load native code or read files beside their own. */
const BY_THEMSELVES = [
  "sharp",
  "gl",
  "onnxruntime-node",
  "libheif-js",
  "@grpc/reflection",
  "@node-rs/crc32",
  "@electric-sql/pglite",
  // Not installed: the driver asks for it only where somebody wants it.
  "pg-native",
];

/** What a bundled CommonJS module finds in a file of ECMAScript. */
const COMMON_JS = [
  'import { createRequire as bundleRequire } from "node:module";',
  'import { fileURLToPath as bundlePath } from "node:url";',
  'import { dirname as bundleFolder } from "node:path";',
  "const require = bundleRequire(import.meta.url);",
  "const __filename = bundlePath(import.meta.url), __dirname = bundleFolder(__filename);",
].join("");

/** The package of the health service reads its protocol from its own folder. */
const healthProtocol: Plugin = {
  name: "health-protocol",
  setup: ({ onLoad }) =>
    onLoad({ filter: /grpc-health-check\/build\/src\/[a-z-]+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(
        "__dirname",
        '(require.resolve("grpc-health-check/package.json") + "/../build/src")',
      ),
      loader: "js",
    })),
};

/** What processes read of a package that is in their file. */
const resolvedByPath: Plugin = {
  name: "resolved-by-path",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^grpc-health-check\/package\.json$/ }, ({ path }) => ({
      path,
      external: true,
    })),
};

const { metafile } = await build({
  entryPoints: PROGRAMS.map((program) => `${program}.ts`),
  outdir: join("dist", "bundle"),
  outbase: ".",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Stack traces name the lines of the sources.
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  minifyWhitespace: true,
  // Logs and traces name classes and functions.
  keepNames: true,
  external: BY_THEMSELVES.flatMap((name) => [name, `${name}/*`]),
  banner: { js: COMMON_JS },
  plugins: [resolvedByPath, healthProtocol],
  logLevel: "warning",
});

/** The packages that are in each bundle, for the bill of materials of an image. */
const packages = Object.entries(metafile.outputs).map(([output, { inputs }]) => {
  const folders = Object.keys(inputs).flatMap((file) => packageFolder(file) ?? []);
  return [relative(join("dist", "bundle"), output), [...new Set(folders)].sort()];
});
await writeFile(
  join("dist", "bundle", "packages.json"),
  JSON.stringify(Object.fromEntries(packages)),
);

for (const program of PROGRAMS) {
  const path = join("dist", "bundle", `${program}.js.map`);
  const map = withoutPackages(JSON.parse(await readFile(path, "utf8")));
  await writeFile(path, JSON.stringify(map));
}
