/** The estimators that are compared: two simple baselines and the installed depth models. */

import { heuristicDisparity } from "../core/depthmap/heuristic.js";
import { type DisparityMap, postProcess } from "../core/depthmap/post-processing.js";
import type { Size } from "../core/geometry/size.js";
import { Fields } from "../core/spec/fields.js";
import { resolveDepth } from "../core/spec/resolve-depth.js";
import { createLog } from "../kit/log.js";
import { loadConfig } from "../services/depth/config.js";
import { openEngine } from "../services/depth/inference/open-engine.js";
import { PixelThread } from "../services/depth/pixels/pixel-thread.js";

export interface EvalPhoto extends Size {
  readonly rgb: Uint8Array;
}

export interface Estimator {
  readonly name: string;
  /** Disparity up to scale and shift at the photo's size, [height, width]. */
  estimate(photo: EvalPhoto): Promise<Float32Array>;
}

/** As in a job whose edges are filled. */
function refined(estimate: DisparityMap, photo: EvalPhoto): Float32Array {
  return postProcess(estimate, photo, resolveDepth(new Fields({}))).values;
}

const BASELINES: readonly Estimator[] = [
  {
    name: "vertical gradient",
    estimate: async ({ width, height }) =>
      Float32Array.from({ length: width * height }, (_, i) => Math.floor(i / width) / height),
  },
  {
    name: "heuristic",
    estimate: async (photo) => refined(heuristicDisparity(photo.rgb, photo), photo),
  },
];

export interface Estimators {
  readonly list: readonly Estimator[];
  close(): Promise<void>;
}

/**
 * The baselines and these models, or all installed ones; each works as in a job, but its edges are
 * not fattened, because they are compared with the photo's.
 */
export async function openEstimators(names: readonly string[]): Promise<Estimators> {
  const pixels = new PixelThread((why) => {
    throw why;
  });
  const log = createLog("warn", { service: "eval", worker: "" });
  const { engine, registry, pool } = await openEngine(loadConfig(), pixels, log);
  const available = (await registry.statuses()).filter(({ state }) => state === "available");
  const wanted = names.length > 0 ? names : available.map(({ name }) => name);
  const models = wanted.map(
    (model): Estimator => ({
      name: model,
      estimate: async (photo) => {
        const signal = new AbortController().signal;
        const made = await engine.estimate({ ...photo, model, degradePolicy: "forbid", signal });
        return refined({ ...made, values: made.disparity }, photo);
      },
    }),
  );
  return {
    list: [...BASELINES, ...models],
    close: async () => {
      pool.close();
      await pixels.stop();
    },
  };
}
