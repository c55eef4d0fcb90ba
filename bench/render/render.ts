/** Frames per second and fidelity of the renderer against a fixed-step march, on one driver in one run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CameraState } from "../../core/scene/camera.js";
import { adaptiveMesh } from "../../core/scene/mesh/adaptive.js";
import { gridMesh } from "../../core/scene/mesh/grid.js";
import type { Mesh } from "../../core/scene/mesh/mesh.js";
import { cameraPath, type PresetName } from "../../core/scene/presets.js";
import { type Detail, detailOf, QUALITIES } from "../../core/scene/quality.js";
import { packagePath } from "../../kit/paths.js";
import { openDisplay } from "../../services/render/display.js";
import type { Photo } from "../photos.js";
import { atLeast, atMost, type BenchLine, median, rounded } from "../report.js";
import { type BenchScene, madeScenes, photoScenes } from "./scenes.js";
import { type ReadBack, Stage, type Way } from "./stage.js";

const FULL = { width: 1920, height: 1080 };
const HALF = { width: 960, height: 540 };
const PRESETS: readonly PresetName[] = [
  "horizontal",
  "vertical",
  "circle",
  "orbital",
  "dolly",
  "zoom",
];
const PATH_FRAMES = 90;
/** Frames of the path that are timed, and the one whose picture is compared. */
const TIMED = [5, 21, 38, 56, 74];
const COMPARED = 27;
const MARCH = [85, 1100, 0] as const;
const REFERENCE = [2000, 1, 12] as const;

function fps(stage: Stage, way: Way, path: readonly CameraState[], readBack: ReadBack): number {
  const states = TIMED.flatMap((frame) => path[frame] ?? []);
  const [first] = states;
  if (first) stage.picture(way, first, readBack);
  const startedAtMs = performance.now();
  for (const state of states) stage.picture(way, state, readBack);
  return (1000 * states.length) / (performance.now() - startedAtMs);
}

/** Peak signal-to-noise ratio in dB over R, G and B of two RGBA pictures. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % 4 !== 3) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10((255 * 255 * 0.75 * a.length) / Math.max(1e-9, sum));
}

function decibels(
  stage: Stage,
  scene: BenchScene,
  path: readonly CameraState[],
  mesh: Mesh,
  detail: Pick<Detail, "refineSteps">,
) {
  const state = path[COMPARED];
  if (!state) throw new Error("the path is too short");
  return stage.withScene(scene, path, mesh, detail.refineSteps, (ours, march) => {
    const reference = stage.picture(march(...REFERENCE), state, "RGBA").slice();
    return {
      ours: psnr(stage.picture(ours, state, "RGBA"), reference),
      march: psnr(stage.picture(march(...MARCH), state, "RGBA"), reference),
    };
  });
}

const meshOf = ({ disparity, disparitySize }: BenchScene, { meshSide, maxError }: Detail) =>
  adaptiveMesh(disparity, disparitySize, meshSide, maxError);

export async function* render(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const display = await openDisplay((why) => {
    throw why;
  });
  const full = new Stage(FULL);
  const half = new Stage(HALF);
  const scenes = [...(await photoScenes(photos.slice(0, 3), FULL)), ...madeScenes()];
  const all: {
    quality: string;
    ratio: number;
    fps: number;
    db: number;
    over: number;
    sharp: boolean;
  }[] = [];
  const buildMs: number[] = [];
  for (const scene of scenes) {
    for (const preset of PRESETS) {
      const path = cameraPath({ preset, intensity: 1, phaseTurns: 0 }, PATH_FRAMES);
      const figure = (metric: string, value: number, unit: string) =>
        ({
          bench: "render",
          case: `${scene.name} ${preset}`,
          metric,
          value: rounded(value),
          unit,
        }) as const;
      let marchFps = 0;
      for (const quality of QUALITIES) {
        const detail = detailOf(quality, path, FULL);
        const startedAtMs = performance.now();
        const mesh = meshOf(scene, detail);
        buildMs.push(performance.now() - startedAtMs);
        yield figure(`${quality} triangles`, mesh.indices.length / 3, "");
        const rates = full.withScene(scene, path, mesh, detail.refineSteps, (ours, march) => {
          marchFps ||= fps(full, march(...MARCH), path, "RGBA");
          return { rgba: fps(full, ours, path, "RGBA"), i420: fps(full, ours, path, "I420") };
        });
        const halfDetail = detailOf(quality, path, HALF);
        const db = decibels(half, scene, path, meshOf(scene, halfDetail), halfDetail);
        if (quality === QUALITIES[0]) {
          yield figure("march", marchFps, "frames/s");
          yield figure("march fidelity", db.march, "dB");
        }
        yield figure(`${quality} RGBA`, rates.rgba, "frames/s");
        yield figure(`${quality} I420`, rates.i420, "frames/s");
        yield figure(`${quality} over the march`, rates.rgba / marchFps, "times");
        yield figure(`${quality} fidelity`, db.ours, "dB");
        const sharp = scene.name.startsWith("made-");
        all.push({
          quality,
          ratio: rates.rgba / marchFps,
          fps: rates.i420,
          db: db.ours,
          over: db.ours - db.march,
          sharp,
        });
      }
    }
  }
  yield* pareto(full, half, scenes);
  const of = (quality: string) => all.filter((each) => each.quality === quality);
  const mid = (quality: string, key: "ratio" | "fps" | "db" | "over") =>
    median(of(quality).map((each) => each[key]));
  yield atLeast("fast over the march, median", mid("fast", "ratio"), 25, "times");
  yield atLeast("fast fidelity, median", mid("fast", "db"), 40, "dB");
  yield atLeast("fast at 1080p I420, median", mid("fast", "fps"), 30, "frames/s");
  yield atLeast("fine over the march, median", mid("fine", "ratio"), 10, "times");
  yield atLeast("fine fidelity less the march's, median", mid("fine", "over"), 0, "dB");
  const sharp = of("fine").filter((each) => each.sharp);
  yield atLeast(
    "fine on sharp edges less the march's, worst",
    Math.min(...sharp.map((each) => each.over)),
    -1,
    "dB",
  );
  yield atLeast(
    "fast over the march, worst",
    Math.min(...of("fast").map((each) => each.ratio)),
    6,
    "times",
  );
  yield atLeast(
    "fine over the march, worst",
    Math.min(...of("fine").map((each) => each.ratio)),
    6,
    "times",
  );
  yield atMost("mesh build, median", median(buildMs), 150, "ms");
  yield atMost("peak memory at 1080p", await peakMiB(1920, 1080), 600, "MiB");
  yield atMost("peak memory at 4K", await peakMiB(3840, 2160), 1536, "MiB");
  display.close();
}

/** Milliseconds at 1080p against dB at 960×540, for several meshes with and without refinement. */
function* pareto(full: Stage, half: Stage, scenes: readonly BenchScene[]): Generator<BenchLine> {
  const path = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, PATH_FRAMES);
  const ways: [string, (scene: BenchScene) => Mesh][] = [
    ...[14_400, 57_600].map((cells): (typeof ways)[number] => [
      `grid of ${cells}`,
      (scene) => gridMesh(scene.disparity, scene.disparitySize, cells),
    ]),
    ...(
      [
        [513, 0.01],
        [513, 0.003],
        [1025, 0.02],
        [1025, 0.01],
      ] as const
    ).map(([side, error]): (typeof ways)[number] => [
      `adaptive ${side} ${error}`,
      (scene) => adaptiveMesh(scene.disparity, scene.disparitySize, side, error),
    ]),
  ];
  for (const scene of [scenes[0], ...scenes.slice(-2)]) {
    if (!scene) continue;
    for (const [name, build] of ways) {
      const mesh = build(scene);
      for (const refineSteps of [0, 1, 2] as const) {
        const ms = full.withScene(
          scene,
          path,
          mesh,
          refineSteps,
          (ours) => 1000 / fps(full, ours, path, "RGBA"),
        );
        const { ours } = decibels(half, scene, path, mesh, { refineSteps });
        const at = `pareto ${scene.name}, ${name}, ${mesh.indices.length / 3} triangles, refined ${refineSteps}`;
        yield { bench: "render", case: at, metric: "frame", value: rounded(ms), unit: "ms" };
        yield { bench: "render", case: at, metric: "fidelity", value: rounded(ours), unit: "dB" };
      }
    }
  }
}

/** Peak resident set of a process that renders a clip of this size as the service does. */
async function peakMiB(width: number, height: number): Promise<number> {
  const file = packagePath("dist", "bench", "render", "memory.js");
  const { stdout } = await promisify(execFile)(process.execPath, [
    file,
    String(width),
    String(height),
  ]);
  return Number(stdout);
}
