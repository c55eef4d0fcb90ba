/**
 * Finds out what draws on this machine, by the name that glxinfo gives and by timing a few frames.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Size } from "../../core/geometry/size.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import type { Quality } from "../../core/scene/quality.js";
import { type GlLimits, isSoftwareRenderer } from "../../drawing/driver.js";
import { environmentVariable } from "../../kit/config.js";
import type { I420Choice } from "./gl/i420-reader.js";
import type { Renderer } from "./renderer.js";

/** OpenGL strings of the driver. A string is empty where it is unknown. */
export interface RendererName {
  readonly renderer: string;
  readonly vendor: string;
  readonly version: string;
}

export interface Capabilities extends RendererName, GlLimits {
  readonly isGpu: boolean;
  /** Milliseconds for one frame of PROBE_FRAME, read-back included. */
  readonly frameMs: number;
  readonly i420: I420Choice;
}

const PROBE_FRAME: Size = { width: 1280, height: 720 };
/** The first frames are slow because programs are compiled and memory is paged in. */
const WARM_UP_FRAMES = 3;
const TIMED_FRAMES = 6;

/**
 * A GPU draws a frame in 2 to 3 ms and reads it back in as many; software GL on two cores takes 12
 * to 30 ms.
 */
const GPU_FRAME_MS = 8;

export async function probeCapabilities(renderer: Renderer): Promise<Capabilities> {
  const [name, frameMs] = await Promise.all([rendererName(), probeFrameMs(renderer)]);
  const { limits, i420 } = renderer;
  // A frame of which GL does everything: what the processor saves does not make a GPU.
  const byGlMs = frameMs + Math.max(0, i420.passesMs - i420.moduleMs);
  return { ...name, ...limits, frameMs, i420, isGpu: isGpu(name.renderer, byGlMs) };
}

/** Decides by the renderer's name where it is known, else by GL's time for a whole frame. */
export function isGpu(renderer: string, frameMs: number): boolean {
  return renderer === "" ? frameMs < GPU_FRAME_MS : !isSoftwareRenderer(renderer);
}

/**
 * `auto` is fine on a GPU, which it costs little, and fast on software GL, where fine would cost
 * frame rate.
 */
export function defaultQuality(setting: Quality | "auto", isGpu: boolean): Quality {
  if (setting !== "auto") return setting;
  return isGpu ? "fine" : "fast";
}

/** One line for logs and for `depthmesh doctor`. */
export function describe({ renderer, version, isGpu, frameMs, i420 }: Capabilities): string {
  const name = renderer || version || "unknown renderer";
  const kind = isGpu ? "GPU" : "software";
  const by = i420.way === "module" ? "the processor" : "GL";
  return `${name} (${kind}), ${frameMs.toFixed(1)} ms for a 1280×720 frame, I420 by ${by}`;
}

async function probeFrameMs(renderer: Renderer): Promise<number> {
  const { width, height } = PROBE_FRAME;
  const path = cameraPath(
    { preset: "circle", intensity: 1, phaseTurns: 0 },
    WARM_UP_FRAMES + TIMED_FRAMES,
  );
  const map = { width: 256, height: 144 };
  const scene = await renderer.open({
    photo: new Uint8Array(3 * width * height).fill(128),
    photoSize: PROBE_FRAME,
    disparity: new Uint16Array(map.width * map.height).map((_, i) => (i % map.width) * 256),
    disparitySize: map,
    frame: PROBE_FRAME,
    geometry: sceneGeometry(
      { photo: PROBE_FRAME, disparity: map, frame: PROBE_FRAME },
      path,
      "fast",
    ),
  });
  try {
    let startedAtMs = performance.now();
    for await (const { frame } of scene.frames(
      withoutEffects(path),
      new AbortController().signal,
    )) {
      if (frame === WARM_UP_FRAMES - 1) startedAtMs = performance.now();
    }
    return (performance.now() - startedAtMs) / TIMED_FRAMES;
  } finally {
    await scene.close();
  }
}

const GLXINFO_TIMEOUT_MS = 5_000;
const UNKNOWN: RendererName = { renderer: "", vendor: "", version: "" };

/**
 * Asks `glxinfo -B` about the display in DISPLAY, because `gl` itself calls every renderer "ANGLE".
 * The name is unknown where glxinfo is not installed, and where ANGLE_DEFAULT_PLATFORM makes ANGLE
 * draw without the display's GL: glxinfo would name a driver that does not draw.
 */
async function rendererName(): Promise<RendererName> {
  const platform = environmentVariable("ANGLE_DEFAULT_PLATFORM") ?? "gl";
  if (platform !== "gl" && platform !== "gles") {
    return { ...UNKNOWN, version: `ANGLE on ${platform}` };
  }
  try {
    const { stdout } = await promisify(execFile)("glxinfo", ["-B"], {
      timeout: GLXINFO_TIMEOUT_MS,
    });
    return parseGlxinfo(stdout);
  } catch {
    return UNKNOWN;
  }
}

export function parseGlxinfo(text: string): RendererName {
  const line = (name: string) =>
    new RegExp(`^OpenGL ${name} string: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  return {
    renderer: line("renderer"),
    vendor: line("vendor"),
    version: line("core profile version") || line("version"),
  };
}
