/**
 * Copies exactly the files that one service needs at run time into an empty folder: its programs of
 * dist/bundle/, the parts of node_modules that they import, and the files that they read. The
 * images of deploy/ are built from such folders.
 */
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { nodeFileTrace } from "@vercel/nft";

/**
 * Files that every service reads: its version, and the protocol files for reflection and health.
 */
const COMMON_FILES = [
  "package.json",
  "proto/gen/descriptors.binpb",
  "proto/gen/health.binpb",
  "proto/gen/reflection.binpb",
  "node_modules/@grpc/reflection/package.json",
  "node_modules/@grpc/reflection/build/proto",
  "node_modules/grpc-health-check/package.json",
  "node_modules/grpc-health-check/proto",
];

/** A program that operators run by its path below dist/. */
const RENDER_PROBE = "services/render/probe.js";

const ONNXRUNTIME = "node_modules/onnxruntime-node/bin";

const onnxruntime = async () => {
  const [version] = await readdir(ONNXRUNTIME);
  return join(ONNXRUNTIME, version ?? "", "linux", process.arch);
};

/**
 * What a package ships beside what runs here: libraries of other platforms, and those of which the
 * build made copies.
 */
const UNUSED: readonly RegExp[] = [
  new RegExp(`^${ONNXRUNTIME}/[^/]+/(?!linux/${process.arch}/)`),
  /^node_modules\/gl\/deps\//,
  /^node_modules\/gl\/build\/(?!Release\/[^/]+$)/,
];

const PGLITE = "node_modules/@electric-sql/pglite/dist";

interface Recipe {
  /** Compiled modules that the service starts by path: threads and child processes. */
  readonly modules: readonly string[];
  readonly programs?: readonly string[];
  /** The service whose main program it has, if it is a variant of that. */
  readonly programsOf?: string;
  /** Files that only a variant needs. */
  readonly unused?: RegExp;
  /** Files and folders that the service reads by path. */
  readonly files: readonly (string | (() => Promise<string>))[];
}

const DEPTH: Recipe = {
  modules: [
    "dist/bundle/services/depth/pixels/thread.js",
    "dist/bundle/services/depth/inference/onnx-thread.js",
    "dist/bundle/services/depth/decode/child.js",
  ],
  files: [
    "services/depth/decode/guarded",
    "models/manifest.json",
    "models/depthmesh-tiny.fp16w.onnx",
    onnxruntime,
  ],
};

const RECIPES: Readonly<Record<string, Recipe>> = {
  gateway: {
    modules: ["dist/bundle/services/gateway/catalogue/pglite-thread.js"],
    files: [
      "models/manifest.json",
      "dist/catalogue-template.br",
      ...["pglite.wasm", "pglite.data"].map((file) => `${PGLITE}/${file}`),
    ],
    // Its extensions, and what makes a database: the template is one already.
    unused: /\/pglite\/dist\/(.*\.tar\.gz|.*\.cjs|initdb\.wasm)$/,
  },
  depth: { ...DEPTH, unused: /\/libonnxruntime_providers_/ },
  // The same programs, with the libraries for CUDA where onnxruntime was installed with them.
  "depth-cuda": { ...DEPTH, programsOf: "depth" },
  render: {
    modules: [
      "dist/bundle/services/render/gl/thread.js",
      "dist/bundle/services/render/takeaway/thread.js",
    ],
    programs: [RENDER_PROBE],
    files: ["shaders", "dist/services/render/gl/simd/i420.wasm"],
  },
  encode: { modules: [], files: ["services/encode/ffmpeg-guarded"] },
  web: { modules: [], files: ["dist/studio"] },
};

async function traceService(service: string, target: string): Promise<void> {
  const recipe = RECIPES[service];
  if (!recipe) throw new Error(`usage: trace-service ${Object.keys(RECIPES).join("|")} FOLDER`);
  const programs = recipe.programs ?? [];
  const modules = [
    `dist/bundle/services/${recipe.programsOf ?? service}/main.js`,
    ...programs.map((program) => `dist/bundle/${program}`),
    ...recipe.modules,
  ];
  const { fileList } = await nodeFileTrace(modules, { base: process.cwd() });
  const files = await Promise.all(
    recipe.files.map((file) => (typeof file === "string" ? file : file())),
  );
  const maps = modules.map((module) => `${module}.map`);
  const unused = recipe.unused ? [...UNUSED, recipe.unused] : UNUSED;
  const isUsed = (file: string) => !unused.some((pattern) => pattern.test(file));
  const used = [...fileList].filter(isUsed);
  for (const file of new Set([...used, ...COMMON_FILES, ...maps, ...files])) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(file, join(target, file), { recursive: true, verbatimSymlinks: true, filter: isUsed });
  }
  for (const program of programs) {
    const path = join(target, "dist", program);
    await mkdir(dirname(path), { recursive: true });
    const bundled = relative(dirname(path), join(target, "dist", "bundle", program));
    await writeFile(path, `import "${bundled}";\n`);
  }
}

const [service = "", target = ""] = process.argv.slice(2);
await traceService(service, target);
