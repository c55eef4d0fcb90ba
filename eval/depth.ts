/** Scores depth estimators on a folder of photographs with ground truth. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join, parse } from "node:path";
import { luma } from "../core/depthmap/color.js";
import { resize } from "../core/depthmap/resize.js";
import type { Size } from "../core/geometry/size.js";
import { DEFAULT_PHOTO_LIMITS } from "../core/photo/limits.js";
import { photoRules } from "../services/depth/config.js";
import { Decoder } from "../services/depth/decode/decoder.js";
import { edgeDistance } from "./edges.js";
import { type Estimator, type EvalPhoto, openEstimators } from "./estimators.js";
import { alignedError, spearman } from "./metrics.js";

const RULES = photoRules({ maxPixels: 100_000_000, photoFormats: "jpeg png webp avif tiff" });
/** Long side at which maps are estimated; smaller ground truth is compared at its own size. */
const LONG_SIDE_PIXELS = 1024;
/** Number of compared pixels, spread evenly; more do not change the third decimal. */
const MAX_SAMPLES = 100_000;
const PHOTO = /\.(jpe?g|png|webp|avif|tiff?)$/i;
const TRUTH = /_disp\.(png|pfm|npy|exr)$/i;

export interface Scores {
  readonly spearman: number;
  readonly absRel: number;
  readonly delta125: number;
  /** Mean distance from depth edges to photo edges, in pixels of a long side of 1024. */
  readonly edgePixels: number;
}

export interface Evaluation {
  readonly estimators: readonly string[];
  readonly scenes: Readonly<Record<string, Readonly<Record<string, Scores>>>>;
  readonly mean: Readonly<Record<string, Scores>>;
}

interface Scene {
  readonly photo: EvalPhoto;
  readonly truth: Float32Array;
  readonly truthSize: Size;
}

/**
 * Scores `models`, or all installed ones when it is empty. Throws when the folder has no scene or a
 * file cannot be decoded.
 */
export async function evaluate(folder: string, models: readonly string[]): Promise<Evaluation> {
  const files = await findScenes(folder);
  const decoder = await Decoder.start({ memoryBytes: 2 ** 31, timeMs: 60_000, stallMs: 60_000 });
  const estimators = await openEstimators(models);
  const scenes: Record<string, Record<string, Scores>> = {};
  try {
    for (const file of files) {
      const scene = await readScene(decoder, file);
      const scores: Record<string, Scores> = {};
      for (const estimator of estimators.list) {
        scores[estimator.name] = await score(estimator, scene);
      }
      scenes[file.name] = scores;
    }
  } finally {
    await Promise.all([decoder.close(), estimators.close()]);
  }
  const names = estimators.list.map(({ name }) => name);
  const mean = Object.fromEntries(names.map((name) => [name, meanScores(scenes, name)]));
  return { estimators: names, scenes, mean };
}

async function readScene(decoder: Decoder, files: SceneFiles): Promise<Scene> {
  const [photoBytes, truthBytes] = await Promise.all([
    readFile(files.photo),
    readFile(files.truth),
  ]);
  const photo = await decoder.photo(photoBytes, {
    ...RULES,
    fit: { longSidePixels: LONG_SIDE_PIXELS },
  });
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxPixels: 100_000_000 };
  const truth = await decoder.map(truthBytes, {
    ...RULES,
    limits,
    input: { polarity: "near-is-white" },
  });
  const { width, height, values } = truth;
  // A PNG cannot hold NaN: zero means that nothing was measured.
  const isPng = extname(files.truth).toLowerCase() === ".png";
  const known = isPng ? values.map((value) => (value === 0 ? Number.NaN : value)) : values;
  return { photo, truth: known, truthSize: { width, height } };
}

async function score(estimator: Estimator, scene: Scene): Promise<Scores> {
  const { photo, truth, truthSize } = scene;
  const map = await estimator.estimate(photo);
  const atTruth = resize(map, photo, truthSize, 1);
  const known = [...truth.keys()].filter((i) => Number.isFinite(truth[i]));
  const stride = Math.max(1, Math.floor(known.length / MAX_SAMPLES));
  const samples = known.filter((_, i) => i % stride === 0);
  const at = (values: Float32Array, places: readonly number[]) =>
    Float64Array.from(places, (i) => values[i] ?? 0);
  // Relative errors need a truth above zero; the sky (0) only takes part in the ranking.
  const positive = samples.filter((i) => (truth[i] ?? 0) > 0);
  return {
    spearman: spearman(at(atTruth, samples), at(truth, samples)),
    ...alignedError(at(atTruth, positive), at(truth, positive)),
    edgePixels: edgeDistance(map, luma(photo.rgb), photo),
  };
}

function meanScores(scenes: Evaluation["scenes"], name: string): Scores {
  const all = Object.values(scenes).flatMap((scores) => scores[name] ?? []);
  const mean = (pick: (scores: Scores) => number) => {
    const values = all.map(pick).filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    spearman: mean((scores) => scores.spearman),
    absRel: mean((scores) => scores.absRel),
    delta125: mean((scores) => scores.delta125),
    edgePixels: mean((scores) => scores.edgePixels),
  };
}

export interface SceneFiles {
  readonly name: string;
  readonly photo: string;
  readonly truth: string;
}

/**
 * Finds each `NAME_disp.{png,pfm,npy,exr}` with its photo, `NAME.*` or `NAME_rgb.*`. Throws when a
 * map has no photo, and when there is no map.
 */
export async function findScenes(folder: string): Promise<SceneFiles[]> {
  const files = (await readdir(folder)).sort();
  const scenes = files
    .filter((file) => TRUTH.test(file))
    .map((truth) => {
      const name = truth.replace(TRUTH, "");
      const photo = files.find(
        (file) =>
          PHOTO.test(file) && !TRUTH.test(file) && [name, `${name}_rgb`].includes(parse(file).name),
      );
      if (!photo) throw new Error(`${truth} has no photo ${name}.* or ${name}_rgb.*`);
      return { name, photo: join(folder, photo), truth: join(folder, truth) };
    });
  if (scenes.length > 0) return scenes;
  throw new Error(`no ground truth in ${folder}: expected files NAME_disp.png, .pfm, .npy or .exr`);
}
