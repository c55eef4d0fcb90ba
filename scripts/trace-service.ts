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

/** Programs that operators run by their path below dist/. */
const HEALTH_PROBE = "kit/rpc/health-probe.js";
const RENDER_PROBE = "services/render/probe.js";

const onnxruntime = async () => {
  const [version] = await readdir("node_modules/onnxruntime-node/bin");
  return join("node_modules/onnxruntime-node/bin", version ?? "", "linux", process.arch);
};

interface Recipe {
  /** Compiled modules that the service starts by path: threads and child processes. */
  readonly modules: readonly string[];
  readonly programs?: readonly string[];
  /** Files and folders that the service reads by path. */
  readonly files: readonly (string | (() => Promise<string>))[];
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  gateway: { modules: [], files: ["models/manifest.json"] },
  depth: {
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
  },
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
  const programs = [HEALTH_PROBE, ...(recipe.programs ?? [])];
  const modules = [
    `dist/bundle/services/${service}/main.js`,
    ...programs.map((program) => `dist/bundle/${program}`),
    ...recipe.modules,
  ];
  const { fileList } = await nodeFileTrace(modules, { base: process.cwd() });
  const files = await Promise.all(
    recipe.files.map((file) => (typeof file === "string" ? file : file())),
  );
  const maps = modules.map((module) => `${module}.map`);
  for (const file of new Set([...fileList, ...COMMON_FILES, ...maps, ...files])) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(file, join(target, file), { recursive: true, verbatimSymlinks: true });
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
