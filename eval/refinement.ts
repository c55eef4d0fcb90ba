/**
 * Compares ways to bring an estimator's map to the photo's size, on made scenes whose disparity is
 * known: how far the map is from the truth, and the views that are drawn with it.
 */
import { refine } from "../core/depthmap/refine.js";
import { resize } from "../core/depthmap/resize.js";
import type { Size } from "../core/geometry/size.js";
import { cameraPath } from "../core/scene/presets.js";
import type { Renderer } from "../services/render/renderer.js";
import { type MapScores, mapScores } from "./boundaries.js";
import { alignToPhoto } from "./guided-upsampling.js";
import { type Decibels, Errors } from "./views/decibels.js";
import { estimateOf, guideOf } from "./views/degrade.js";
import { type MadeScene, makeScene } from "./views/scenes.js";
import { MOMENTS, momentOf, PATH_FRAMES, withRenderer } from "./views/views.js";
import { openWay } from "./views/ways.js";

/** Long sides in pixels of the estimates. */
export const ESTIMATES = ["518", "256"] as const;
export type EstimateKind = (typeof ESTIMATES)[number];

type Enlarge = typeof refine;

export const REFINED = "refined";
export const GUIDED = "guided filter";
export const WAYS: Readonly<Record<string, Enlarge>> = {
  enlarged: (map, size, _rgb, photo) => resize(map, size, photo, 1),
  [GUIDED]: alignToPhoto,
  [REFINED]: refine,
};

export interface RefinementScore {
  readonly scene: string;
  readonly estimate: EstimateKind;
  readonly way: string;
  readonly map: MapScores;
  /** Processor milliseconds on one core, the least of several runs. */
  readonly cpuMs: number;
  /** Of views along the preset horizontal in quality fast; absent if none were drawn. */
  readonly views?: Decibels;
}

export interface RefinementOptions {
  readonly scenes: readonly string[];
  readonly seed: number;
  readonly size: Size;
  readonly drawsViews: boolean;
}

const RUNS = 6;

export async function evaluateRefinement(options: RefinementOptions): Promise<RefinementScore[]> {
  if (!options.drawsViews) return scoresOf(options);
  return withRenderer((renderer) => scoresOf(options, renderer));
}

async function scoresOf(
  { scenes, seed, size }: RefinementOptions,
  renderer?: Renderer,
): Promise<RefinementScore[]> {
  const scores: RefinementScore[] = [];
  for (const name of scenes) {
    const scene = makeScene(name, seed, size);
    const { disparity, disparitySize } = scene;
    const rgb = guideOf(scene.photo, scene.photoSize, disparitySize);
    const draw = renderer && viewsOf(renderer, scene, size);
    for (const estimate of ESTIMATES) {
      const made = estimateOf(disparity, disparitySize, estimate);
      for (const [way, enlarge] of Object.entries(WAYS)) {
        const run = () => enlarge(made.values, made, rgb, disparitySize, made.edges);
        const { values, cpuMs } = timed(run);
        scores.push({
          ...{ scene: name, estimate, way, cpuMs },
          map: mapScores(values, disparity, disparitySize),
          ...(draw && { views: await draw(values) }),
        });
      }
    }
  }
  return scores;
}

/** The least of several runs: the first ones compile code, and other load makes runs longer. */
function timed(run: () => Float32Array): { values: Float32Array; cpuMs: number } {
  let values = new Float32Array(0);
  let cpuMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    values = new Float32Array(run());
    const { user, system } = process.cpuUsage(before);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
  }
  return { values, cpuMs };
}

function viewsOf(renderer: Renderer, scene: MadeScene, frame: Size) {
  const path = cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, PATH_FRAMES);
  const moments = MOMENTS.flatMap((at) => momentOf(scene, path[at], frame));
  return async (values: Float32Array): Promise<Decibels> => {
    const disparity = values.map((value) => Math.min(1, Math.max(0, value)));
    const open = await openWay(renderer, "fast", { field: { ...scene, disparity }, path, frame });
    const errors = new Errors();
    for (const { camera, truth, regions } of moments) {
      errors.add(await open.picture(camera), truth, regions);
    }
    await open.close();
    return errors.decibels;
  };
}
