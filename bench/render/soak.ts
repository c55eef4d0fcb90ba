/** Whether the renderer leaks memory or GL objects over 500 small jobs. */
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { cameraPath } from "../../core/scene/presets.js";
import { openDisplay } from "../../services/render/display.js";
import { Renderer } from "../../services/render/renderer.js";
import { boxesScene, hillScene, sceneData } from "../../testing/render/small-scenes.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { slope } from "../../testing/statistics.js";

const JOBS = 500;
const SAMPLE_EVERY_JOBS = 20;
/**
 * The first jobs compile code and fill the pools of allocators, the driver and the GL thread's
 * heap.
 */
const WARM_UP_JOBS = 400;
const SLOPE_AIM_MIB = 2;

const SIZES = [
  { width: 256, height: 144 },
  { width: 320, height: 240 },
  { width: 144, height: 256 },
];
const CAMERAS = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, 4);
const EFFECTS: EffectState = {
  ...NO_EFFECTS,
  vignette: { intensity: 0.4, decay: 20 },
  lens: { intensity: 0.5, decay: 0.3, quality: 8 },
  depthOfField: { ...NO_EFFECTS.depthOfField, intensity: 0.7, quality: 2, directions: 8 },
  sharpen: 0.3,
};

/** One small job as the service runs it; jobs differ in size and effects. */
export async function soakJob(renderer: Renderer, job: number): Promise<void> {
  const frame = SIZES[job % SIZES.length] ?? { width: 256, height: 144 };
  const source = job % 2 === 0 ? hillScene() : boxesScene();
  const data = sceneData(source, CAMERAS, frame, job % 5 === 0 ? { ssaa: 2 } : {});
  const effects = job % 4 === 0 ? EFFECTS : NO_EFFECTS;
  const path = CAMERAS.map((camera) => ({ camera, effects }));
  const scene = await renderer.open(data);
  for await (const { bytes } of scene.frames(path, new AbortController().signal)) bytes.at(-1);
  const [first] = path;
  if (first) await scene.still(first, 0);
  await scene.close();
}

export async function* renderSoak(): AsyncGenerator<BenchLine> {
  const fail = (why: Error) => {
    throw why;
  };
  const display = await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  for (let job = 1; job <= WARM_UP_JOBS; job++) await soakJob(renderer, job);
  const objectsBefore = total(await renderer.objectCounts());
  const samples: [jobs: number, rssMib: number][] = [];
  for (let job = 1; job <= JOBS; job++) {
    await soakJob(renderer, job);
    if (job % SAMPLE_EVERY_JOBS !== 0) continue;
    const rssMib = process.memoryUsage.rss() / 2 ** 20;
    samples.push([job, rssMib]);
    if (job % 100 === 0)
      yield figuresOf("render-soak", `${job} jobs`)("resident set", rssMib, "MiB");
  }
  const objectCounts = await renderer.objectCounts();
  for (const [kind, alive] of Object.entries(objectCounts)) {
    yield figuresOf("render-soak", `${JOBS} jobs`)(`${kind} alive`, alive, "");
  }
  yield atMost(
    `memory a hundred jobs add, after ${WARM_UP_JOBS} before them`,
    100 * slope(samples),
    SLOPE_AIM_MIB,
    "MiB",
  );
  yield atMost("GL objects that jobs leave", total(objectCounts) - objectsBefore, 0, "");
  await renderer.stop();
  display.close();
}

function total(objectCounts: object): number {
  return Object.values(objectCounts).reduce((sum: number, alive: number) => sum + alive, 0);
}
