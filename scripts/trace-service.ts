/**
 * Copies exactly the files that one service needs at run time into an empty folder: its compiled
 * modules, the parts of node_modules that they import, and the files that they read. The images of
 * deploy/ are built from such folders.
 */
import { cp, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
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
  "node_modules/grpc-health-check/proto",
];

const HEALTH_PROBE = "dist/kit/rpc/health-probe.js";

const onnxruntime = async () => {
  const [version] = await readdir("node_modules/onnxruntime-node/bin");
  return join("node_modules/onnxruntime-node/bin", version ?? "", "linux", process.arch);
};

interface Recipe {
  /** Compiled modules that the service starts by path: threads and child processes. */
  readonly modules: readonly string[];
  /** Files and folders that the service reads by path. */
  readonly files: readonly (string | (() => Promise<string>))[];
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  gateway: { modules: [], files: ["models/manifest.json"] },
  depth: {
    modules: [
      "dist/services/depth/pixels/thread.js",
      "dist/services/depth/inference/onnx-thread.js",
      "dist/services/depth/decode/child.js",
    ],
    files: [
      "services/depth/decode/guarded",
      "models/manifest.json",
      "models/depthmesh-tiny.fp16w.onnx",
      onnxruntime,
    ],
  },
  render: {
    modules: ["dist/services/render/gl/thread.js", "dist/services/render/probe.js"],
    files: ["shaders", "dist/services/render/gl/simd/i420.wasm"],
  },
  encode: { modules: [], files: ["services/encode/ffmpeg-guarded"] },
};

async function traceService(service: string, target: string): Promise<void> {
  const recipe = RECIPES[service];
  if (!recipe) throw new Error(`usage: trace-service ${Object.keys(RECIPES).join("|")} FOLDER`);
  const modules = [`dist/services/${service}/main.js`, HEALTH_PROBE, ...recipe.modules];
  const { fileList } = await nodeFileTrace(modules, { base: process.cwd() });
  const files = await Promise.all(
    recipe.files.map((file) => (typeof file === "string" ? file : file())),
  );
  for (const file of new Set([...fileList, ...COMMON_FILES, ...files])) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(file, join(target, file), { recursive: true, verbatimSymlinks: true });
  }
}

const [service = "", target = ""] = process.argv.slice(2);
await traceService(service, target);
