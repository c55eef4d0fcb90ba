/**
 * A photo as a scene on a canvas, drawn by a worker with the passes, the shaders and the meshes of
 * the render service. It draws only while something changes.
 */
import { DepthmeshError } from "../../../../core/errors.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { Newest } from "./newest.js";
import type { LiveFacts, LiveSceneEvents, SceneInput, SceneOrder } from "./scene-messages.js";
import { WorkerCalls } from "./worker-calls.js";

export type { LiveFacts, LiveSceneEvents, SceneInput } from "./scene-messages.js";

export interface LiveScene {
  /**
   * Shows another photo, of which the event `picture` tells; resolves when its mesh is built. Of
   * the last photo nothing stays in memory.
   */
  load(input: SceneInput): Promise<LiveFacts>;
  /**
   * Shows the photo with another specification: camera and effects at once, edges and details when
   * their mesh is built, which resolves. While one is applied, only the newest of those that follow
   * waits, and callers of older ones get its facts. Rejects with the error of an invalid
   * specification, which names the fields at fault; the scene stays as it was.
   */
  setSpec(spec: JobSpecJson): Promise<LiveFacts>;
  /** The camera goes where the pointer is: x to the right and y upwards, each in [−1, 1]. */
  look(x: number, y: number): void;
  /** Shows the clip at `tau`, a fraction of it in [0, 1], and stays there. */
  show(tau: number): void;
  /** Plays the clip from the moment that was shown last, again and again. */
  play(): void;
  /** The clip stays at its moment. */
  pause(): void;
  /**
   * The picture that RenderStill draws with this specification at `tau`, as a PNG whose longest
   * side has this many pixels.
   */
  still(spec: JobSpecJson, tau: number, longestSide: number): Promise<Blob>;
  /**
   * Ends the workers; calls that wait reject with an AbortError. The canvas cannot be used again,
   * as browsers have it.
   */
  close(): void;
}

/** More pixels than this nobody sees in motion. */
const MAX_SIDE_PIXELS = 1600;
const MIN_SIDE_PIXELS = 64;

/**
 * Opens a scene on a canvas that has no context yet and was never opened before, and whose width is
 * set by CSS: the scene draws as many pixels as it covers, in its own aspect ratio. Throws
 * RENDERER_LOST where the browser cannot draw in workers; where it has no WebGL 2, `load` rejects
 * with it.
 */
export function openLiveScene(canvas: HTMLCanvasElement, events: LiveSceneEvents = {}): LiveScene {
  if (typeof canvas.transferControlToOffscreen !== "function" || typeof Worker !== "function") {
    const message = "this browser cannot draw in the background (OffscreenCanvas)";
    throw new DepthmeshError("RENDERER_LOST", message);
  }
  const [drawer, builder] = [startWorker(), startWorker()];
  const calls = new WorkerCalls(drawer, events);
  for (const worker of [drawer, builder]) {
    // Also where its file cannot be loaded.
    worker.addEventListener("error", ({ message }) => {
      const error = new DepthmeshError("RENDERER_LOST", message || "the scene's worker has ended");
      builder.terminate();
      calls.end(error);
      events.failed?.(error);
    });
  }
  const { port1, port2 } = new MessageChannel();
  builder.postMessage({ kind: "build", port: port1 } satisfies SceneOrder, [port1]);
  const offscreen = canvas.transferControlToOffscreen();
  const opened = calls.ask("open", { canvas: offscreen, builder: port2 }, [offscreen, port2]);
  // `load` tells.
  opened.catch(() => {});
  const specs = new Newest((spec: JobSpecJson) => calls.ask("setSpec", { spec }));
  const stopFollowing = followSize(canvas, (longestSide) => {
    calls.order({ kind: "resize", longestSide });
  });
  return {
    load: async (input) => {
      await opened;
      await calls.ask("load", input);
      return calls.ask("settle", undefined);
    },
    setSpec: async (spec) => {
      await specs.ask(spec);
      return calls.ask("settle", undefined);
    },
    look: (x, y) => calls.order({ kind: "look", x, y }),
    show: (tau) => calls.order({ kind: "show", tau }),
    play: () => calls.order({ kind: "play" }),
    pause: () => calls.order({ kind: "pause" }),
    still: (spec, tau, longestSide) => calls.ask("still", { spec, tau, longestSide }),
    close: () => {
      stopFollowing();
      builder.terminate();
      calls.end(new DOMException("the scene was closed", "AbortError"));
    },
  };
}

/** One file for both: the browser loads it once. */
function startWorker(): Worker {
  return new Worker(new URL("./scene.worker.ts", import.meta.url), { type: "module" });
}

/** Tells how many pixels the longest side of an element has on the screen, as it changes. */
function followSize(element: HTMLElement, tell: (pixels: number) => void): () => void {
  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = element;
    const pixels = Math.max(clientWidth, clientHeight) * devicePixelRatio;
    if (pixels > 0) tell(Math.max(MIN_SIDE_PIXELS, Math.min(MAX_SIDE_PIXELS, Math.round(pixels))));
  });
  observer.observe(element);
  return () => observer.disconnect();
}
