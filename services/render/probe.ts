/** Prints the renderer's name and the milliseconds of one frame as JSON: what `depthmesh doctor` asks in a process of its own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projection } from "../../core/scene/camera.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import { openDisplay } from "./display.js";
import { Renderer } from "./renderer.js";

const FRAME = { width: 1280, height: 720 };
const MAP = { width: 256, height: 144 };
const FRAMES = 12;
/** The first frames pay for compiling and paging. */
const WARM_UP_FRAMES = 4;

/** `gl` names every renderer ANGLE; glxinfo on the same display knows better. */
async function rendererName(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("glxinfo", ["-B"]);
    return /OpenGL renderer string: (.*)/.exec(stdout)?.[1] ?? "unknown renderer";
  } catch {
    return "unknown renderer (glxinfo is not installed)";
  }
}

async function probe(): Promise<void> {
  const fail = (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  };
  const display = await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  const path = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, FRAMES);
  const aspect = FRAME.width / FRAME.height;
  const scene = await renderer.open({
    photo: new Uint8Array(FRAME.width * FRAME.height * 3).fill(128),
    photoSize: FRAME,
    disparity: new Uint16Array(MAP.width * MAP.height).map((_, i) => (i % 256) * 256),
    disparitySize: MAP,
    frame: FRAME,
    geometry: sceneGeometry({ photo: FRAME, disparity: MAP, frame: FRAME }, path, "fast"),
  });
  // The matrix is cheap, but its first call compiles it.
  for (const state of path) projection(state, aspect);
  let startedAtMs = performance.now();
  for await (const { frame } of scene.frames(withoutEffects(path), new AbortController().signal)) {
    if (frame === WARM_UP_FRAMES - 1) startedAtMs = performance.now();
  }
  const frameMs = (performance.now() - startedAtMs) / (FRAMES - WARM_UP_FRAMES);
  process.stdout.write(`${JSON.stringify({ renderer: await rendererName(), frameMs })}\n`);
  await renderer.stop();
  display.close();
}

probe().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
