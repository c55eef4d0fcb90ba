/** Renders a clip as the render service does, in its own process: speed and peak memory. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Size } from "../../core/geometry/size.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import { Renderer } from "../../services/render/renderer.js";
import { madeScenes } from "../../testing/render/scenes.js";

const FRAMES = 90;

export interface ClipFigures {
  /** I420 frames in shared memory; states that repeat are drawn once. */
  readonly framesPerSecond: number;
  readonly peakMiB: number;
}

/** Three seconds of a room with boxes, preset circle (whose states do not repeat), quality fast. */
export async function measureClip({ width, height }: Size): Promise<ClipFigures> {
  const args = [fileURLToPath(import.meta.url), String(width), String(height)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as ClipFigures;
}

async function renderClip(frame: Size): Promise<ClipFigures> {
  const [scene] = madeScenes();
  if (!scene) throw new Error("no scene");
  const renderer = await Renderer.start((why) => {
    throw why;
  });
  const path = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, FRAMES);
  const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame };
  const open = await renderer.open({
    ...scene,
    frame,
    geometry: sceneGeometry(sizes, path, "fast"),
  });
  const states = path.map((camera) => ({ camera, effects: NO_EFFECTS }));
  let startedAtMs = performance.now();
  let timed = -1;
  for await (const { frame: number } of open.frames(states, new AbortController().signal)) {
    // The first frame pays for compiling.
    if (number === 0) startedAtMs = performance.now();
    timed += 1;
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  await open.close();
  return {
    framesPerSecond: timed / seconds,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const figures = await renderClip({
    width: Number(process.argv[2]),
    height: Number(process.argv[3]),
  });
  process.stdout.write(JSON.stringify(figures));
  process.exit();
}
