/**
 * What the README's pictures are made from, as hashes: `docs/images/demo.json` has them as they
 * were when the pictures were made, and a test compares them with the code. Only what changes
 * pixels counts, so that a comment or a new parameter does not put the pictures out of date.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { clipFrames } from "../core/geometry/timing.js";
import { projection } from "../core/scene/camera.js";
import { framePath } from "../core/scene/frame-path.js";
import { resolveSpec } from "../core/spec/resolve-spec.js";
import { canonicalJson } from "../core/spec/result-identity.js";
import { packagePath } from "../kit/process/package-path.js";
import { cacheKey } from "../services/depth/cache.js";

/** Files of docs/images. */
export const PICTURES = { moving: "demo.webp", still: "demo.jpg", record: "demo.json" } as const;

export const picturePath = (name: string) => packagePath("docs", "images", name);

/**
 * The photo and the model have hashes of their own; the map's key has the options and a version.
 */
const SAME_SOURCE = { tenant: "", photoSha256: "", sourceSha256: "", longSidePixels: 1024 };

/** The shaders that draw a clip without effects. */
const SHADERS = ["scene.vert", "scene.frag", "resolve.frag", "luma.frag", "chroma.frag"];

export interface PictureRecord {
  /** SHA-256 of each thing that decides the pixels. */
  readonly madeFrom: Readonly<Record<string, string>>;
  /** SHA-256 of each picture. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** The pictures as they are now, and what would make them now. */
export function pictureRecord(): PictureRecord {
  const { depth, cameras } = demoClip();
  const shaders = SHADERS.map((name) => readFileSync(packagePath("shaders", name), "utf8"));
  return {
    madeFrom: {
      photo: fileHash(packagePath("samples", "coffee.png")),
      model: fileHash(packagePath("models", "depthmesh-tiny.fp16w.onnx")),
      map: cacheKey({ ...SAME_SOURCE, options: depth }),
      camera: hash(canonicalJson(cameras)),
      shaders: hash(shaders.join("\0")),
    },
    pictures: Object.fromEntries(
      [PICTURES.moving, PICTURES.still].map((name) => [name, fileHash(picturePath(name))]),
    ),
  };
}

/** Digits of the cameras that count: fewer than a different order of additions changes. */
const DIGITS = 5;

/** The depth options of the demo, and the matrix of each frame. */
function demoClip() {
  const request = { fields: {}, motions: [], outputs: [], artifacts: [] };
  const spec = resolveSpec(request, { models: ["auto"], maxFrames: 3600 });
  const { durationSeconds, frameRate } = spec.clip;
  const states = framePath(spec, clipFrames(durationSeconds, frameRate));
  const cameras = states.map(({ camera }) =>
    Array.from(projection(camera, 1.5), (value) =>
      value.toFixed(DIGITS).replace(/^-(0\.0*)$/, "$1"),
    ),
  );
  return { depth: spec.depth, cameras };
}

const fileHash = (path: string) => hash(readFileSync(path));

function hash(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
