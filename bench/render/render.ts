/** Speed and fidelity of the renderer compared with a fixed-step ray march on the same driver. */
import { NO_EFFECTS } from "../../core/scene/effects.js";
import type { PresetName } from "../../core/scene/presets.js";
import { QUALITIES, type Quality } from "../../core/scene/quality.js";
import { planFrames } from "../../core/scene/repeats.js";
import { openDisplay } from "../../services/render/display.js";
import type { Photo } from "../../testing/photos.js";
import { Case, MARCH } from "../../testing/render/measure.js";
import { type BenchScene, madeScenes, photoScenes } from "../../testing/render/scenes.js";
import { Stage } from "../../testing/render/stage.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { measureClip } from "./clip.js";
import { pareto } from "./pareto.js";

const FULL = { width: 1920, height: 1080 };
const HALF = { width: 960, height: 540 };
const UHD = { width: 3840, height: 2160 };
const PHOTOS = 3;
const PRESETS: readonly PresetName[] = [
  "horizontal",
  "vertical",
  "circle",
  "orbital",
  "dolly",
  "zoom",
];

/** The figures of one scene, preset and quality. */
interface Result {
  readonly quality: Quality;
  /** Frames per second relative to the march: every frame drawn, and repeated frames drawn once. */
  readonly ratio: number;
  readonly ratioOfPath: number;
  readonly i420: number;
  readonly decibels: number;
  readonly overMarch: number;
  readonly sharpEdges: boolean;
  readonly buildMs: number;
}

export async function* render(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  // A GL context lives as long as its process, and the display must outlive it.
  await openDisplay((why) => {
    throw why;
  });
  const full = new Stage(FULL);
  const half = new Stage(HALF);
  const scenes = [...(await photoScenes(photos.slice(0, PHOTOS), FULL)), ...madeScenes()];
  const results: Result[] = [];
  for (const scene of scenes) {
    for (const preset of PRESETS) yield* measureCase(full, half, scene, preset, results);
  }
  yield* pareto(full, half, [scenes[0], ...scenes.slice(-2)]);
  yield* aims(results);
  const hd = await measureClip(FULL);
  yield atLeast("the service's own frames/s at 1080p, fast", hd.framesPerSecond, 30, "frames/s");
  yield atMost("peak memory at 1080p", hd.peakMiB, 600, "MiB");
  yield atMost("peak memory at 4K", (await measureClip(UHD)).peakMiB, 1536, "MiB");
}

function* measureCase(
  full: Stage,
  half: Stage,
  scene: BenchScene,
  preset: PresetName,
  results: Result[],
): Generator<BenchLine> {
  const figure = figuresOf("render", `${scene.name} ${preset}`);
  const large = new Case(full, scene, preset);
  const small = new Case(half, scene, preset);
  const path = large.path.map((camera) => ({ camera, effects: NO_EFFECTS }));
  const drawn = new Set(planFrames(path, path.length).source).size;
  const fidelity = small.with(small.build("fast").mesh, (staged) => {
    const reference = small.reference(staged);
    return { reference, march: small.decibels(staged, reference, MARCH) };
  });
  const marchFps = large.with(large.build("fast").mesh, (staged) =>
    large.framesPerSecond(staged, "RGBA", MARCH),
  );
  yield figure("march", marchFps, "frames/s");
  yield figure("march fidelity", fidelity.march, "dB");
  for (const quality of QUALITIES) {
    const { mesh, buildMs } = large.build(quality);
    const speed = large.with(mesh, (staged) => ({
      rgba: large.framesPerSecond(staged, "RGBA"),
      i420: large.framesPerSecond(staged, "I420"),
    }));
    const decibels = small.with(small.build(quality).mesh, (staged) =>
      small.decibels(staged, fidelity.reference),
    );
    const ratio = speed.rgba / marchFps;
    yield figure(`${quality} triangles`, mesh.indices.length / 3, "");
    yield figure(`${quality} mesh build`, buildMs, "ms");
    yield figure(`${quality} RGBA`, speed.rgba, "frames/s");
    yield figure(`${quality} I420`, speed.i420, "frames/s");
    yield figure(`${quality} over the march`, ratio, "times");
    yield figure(`${quality} fidelity`, decibels, "dB");
    results.push({
      quality,
      ratio,
      ratioOfPath: (ratio * path.length) / drawn,
      i420: speed.i420,
      decibels,
      overMarch: decibels - fidelity.march,
      sharpEdges: scene.name.startsWith("made-"),
      buildMs,
    });
  }
}

type Metric = "ratio" | "ratioOfPath" | "i420" | "decibels" | "overMarch" | "buildMs";

function* aims(results: readonly Result[]): Generator<BenchLine> {
  const of = (quality: Quality, metric: Metric) =>
    results.filter((result) => result.quality === quality).map((result) => result[metric]);
  for (const [quality, times] of [
    ["fast", 25],
    ["fine", 10],
  ] as const) {
    const ratio = `${quality} over the march, median`;
    yield atLeast(ratio, median(of(quality, "ratio")), times, "times");
    const ofPath = median(of(quality, "ratioOfPath"));
    yield atLeast(`${ratio}, frames that repeat drawn once`, ofPath, times, "times");
    const worst = Math.min(...of(quality, "ratio"));
    yield atLeast(`${quality} over the march, worst`, worst, 6, "times");
  }
  yield atLeast("fast fidelity, median", median(of("fast", "decibels")), 40, "dB");
  yield atLeast("fast at 1080p I420, median", median(of("fast", "i420")), 30, "frames/s");
  yield atLeast("fine fidelity less the march's, median", median(of("fine", "overMarch")), 0, "dB");
  const sharp = results.filter(({ quality, sharpEdges }) => quality === "fine" && sharpEdges);
  const worstSharp = Math.min(...sharp.map(({ overMarch }) => overMarch));
  yield atLeast("fine on sharp edges less the march's, worst", worstSharp, -1, "dB");
  const builds = results.map(({ buildMs }) => buildMs);
  yield atMost("mesh build, median", median(builds), 150, "ms");
  yield atMost("mesh build, worst", Math.max(...builds), 150, "ms");
}
