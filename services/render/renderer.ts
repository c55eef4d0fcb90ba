/**
 * Draws scenes with the GL thread: frames into shared memory, stills as RGB
 * pictures.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { Size } from "../../core/geometry/size.js";
import { i420Bytes } from "../../core/geometry/size.js";
import { overWhite } from "../../core/output/alpha.js";
import type { Vec2 } from "../../core/scene/camera.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import { planFrames } from "../../core/scene/repeats.js";
import { eyeCameras } from "../../core/scene/stereo/eyes.js";
import type { Note } from "../../core/spec/note.js";
import { collectSoon } from "../../kit/process/collect-garbage.js";
import { compiledModule } from "../../kit/process/package-path.js";
import { ThreadClient } from "../../kit/process/thread-client.js";
import { FrameMemory } from "./frame-memory.js";
import { rgbaBytes, rgbBytes } from "./gl/color-target.js";
import type { GlLimits, ObjectCounts } from "./gl/driver.js";
import { checkFrame, sceneNotes } from "./gl/fit-scene.js";
import type { I420Choice } from "./gl/i420-reader.js";
import {
  type DrawRequest,
  type GlCalls,
  type SceneData,
  type SceneFacts,
  type StereoScene,
  viewOf,
} from "./gl/protocol.js";

/** Frames in memory at once: one being sent, one ready, one being drawn. */
const DRAWN_AHEAD = 3;

/** Memory of one call for frames that its path shows again, where the caller does not say. */
const KEPT_BYTES = 256 * 1024 * 1024;

/**
 * How long a command may take before the driver counts as hung: a multiple of the slowest effects
 * on two busy cores of software GL (0.5 s at 1080p). Up to 1080p a hang is found within five
 * seconds.
 */
const MIN_BUDGET_MS = 4_000;
const BUDGET_MS_PER_MEGAPIXEL = 2_000;
/**
 * Opening a scene takes longer: the CPU builds its mesh, and programs are compiled when they are
 * first needed.
 */
const OPEN_BUDGET_MS = 10_000;

/** A context takes a fraction of a second to make; a driver that hangs never answers. */
const START_BUDGET_MS = 30_000;

/**
 * One frame: I420, or RGBA with straight alpha of a transparent scene. `bytes` is shared memory,
 * and valid until the next frame is requested or the frames are left.
 */
export interface RenderedFrame {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** One picture: RGB, [height, width, 3], the top row first. */
export interface Picture extends Size {
  readonly rgb: Uint8Array;
}

/** One picture with transparency: straight RGBA, [height, width, 4], the top row first. */
export interface TransparentPicture extends Size {
  readonly rgba: Uint8Array;
}

type GlThread = ThreadClient<GlCalls>;

export class Renderer {
  readonly limits: GlLimits;
  /** In which way frames become I420 here. */
  readonly i420: I420Choice;
  readonly #thread: GlThread;
  readonly #memory: FrameMemory;
  readonly #keptBytes: number;
  #lastScene = 0;

  private constructor(thread: GlThread, limits: GlLimits, i420: I420Choice, keptBytes: number) {
    this.#thread = thread;
    this.limits = limits;
    this.i420 = i420;
    this.#keptBytes = keptBytes;
    this.#memory = new FrameMemory({
      begin: (memory) => this.#tellMemory(memory),
      giveUp: (buffers) => {
        this.#tellMemory(undefined);
        collectSoon(buffers);
      },
    });
  }

  /**
   * Starts the GL thread. Rejects with RENDERER_LOST when there is no context. Calls `onLost` when
   * the thread is lost later. Each path of a scene may keep `keptBytes` of frames that it shows
   * again.
   */
  static async start(onLost: (why: Error) => void, keptBytes = KEPT_BYTES): Promise<Renderer> {
    const { thread, limits } = await startGlThread(onLost);
    const i420 = await thread.ask("chooseI420", undefined, { budgetMs: START_BUDGET_MS });
    return new Renderer(thread, limits, i420, keptBytes);
  }

  /**
   * Uploads a scene; free it with its `close`. Throws PARAMETER_OUT_OF_RANGE for a frame that the
   * driver cannot draw, and rejects with GPU_OUT_OF_MEMORY or RENDERER_LOST.
   */
  async open(data: SceneData): Promise<RenderScene> {
    const { frame, photoSize, disparitySize } = data;
    checkFrame(frame, this.limits);
    if (data.stereo) checkFrame(data.stereo.composed, this.limits);
    const notes = sceneNotes(photoSize, disparitySize, this.limits);
    const scene = ++this.#lastScene;
    const facts = await this.#thread.ask(
      "open",
      { scene, data },
      { budgetMs: OPEN_BUDGET_MS + budgetMs(sizeOf(data), photoSize, disparitySize) },
    );
    const passes = data.transparent || data.stereo ? 2 : 1;
    const options = { budgetMs: passes * budgetMs(facts.drawnSize, sizeOf(data)) };
    return new RenderScene(
      data,
      { ...facts, notes: [...notes, ...facts.notes] },
      {
        memory: this.#memory,
        keptBytes: this.#keptBytes,
        draw: (request) => this.#thread.ask("draw", { ...request, scene }, options),
        close: () => this.#thread.ask("close", { scene }, options),
      },
    );
  }

  /** Counts the GL objects that are alive now. */
  async objectCounts(): Promise<ObjectCounts> {
    return this.#thread.ask("count", undefined, { budgetMs: MIN_BUDGET_MS });
  }

  #tellMemory(memory: WebAssembly.Memory | undefined): void {
    // Before the draws that need it. Whoever asks for these learns that the thread is lost.
    this.#thread.ask("memory", memory, { budgetMs: MIN_BUDGET_MS }).catch(() => {});
  }

  /** Never resolves while the driver hangs. */
  stop(): Promise<void> {
    return this.#thread.stop();
  }
}

/**
 * Starts the thread and waits for its context. Rejects with RENDERER_LOST; `onLost` is called for
 * what happens later. Requests reject with RENDERER_LOST or GPU_OUT_OF_MEMORY.
 */
export async function startGlThread(
  onLost: (why: Error) => void,
): Promise<{ thread: GlThread; limits: GlLimits }> {
  let started = false;
  const thread: GlThread = new ThreadClient(compiledModule("services/render/gl/thread.js"), {
    name: "the GL thread",
    onLost: (why) => {
      if (started) onLost(why);
    },
    lossError: (why) => new DepthmeshError("RENDERER_LOST", why.message, { cause: why }),
  });
  const limits = await thread.ask("limits", undefined, { budgetMs: START_BUDGET_MS });
  started = true;
  return { thread, limits };
}

/** The requests of one scene to the GL thread, and the memory for its frames. */
export interface SceneCalls {
  readonly memory: FrameMemory;
  /** For frames that a path shows again later, so that each is drawn only once. */
  readonly keptBytes: number;
  draw(request: Omit<DrawRequest, "scene">): Promise<void>;
  close(): Promise<void>;
}

export class RenderScene {
  /** The size of the frame. */
  readonly size: Size;
  /** Whether its frames are RGBA with straight alpha; otherwise they are I420. */
  readonly transparent: boolean;
  /** Where the scene differs from what was requested; shown in the job's result. */
  readonly notes: readonly Note[];
  readonly #drawnSize: Size;
  readonly #halfSides: Vec2;
  readonly #stereo: StereoScene | undefined;
  readonly #calls: SceneCalls;

  constructor(
    data: Pick<SceneData, "frame" | "geometry" | "transparent" | "stereo">,
    { drawnSize, notes }: SceneFacts,
    calls: SceneCalls,
  ) {
    this.size = sizeOf(data);
    this.transparent = data.transparent ?? false;
    this.notes = notes;
    this.#drawnSize = drawnSize;
    this.#halfSides = data.geometry.halfSides;
    this.#stereo = data.stereo;
    this.#calls = calls;
  }

  /**
   * The frames of a path in order. Draws ahead while earlier frames are sent, and draws a state
   * that returns only once.
   */
  async *frames(path: readonly FrameState[], signal: AbortSignal): AsyncGenerator<RenderedFrame> {
    const frameBytes = this.transparent ? rgbaBytes(this.size) : i420Bytes(this.size);
    const { memory, keptBytes } = this.#calls;
    const plan = planFrames(path, Math.floor(keptBytes / frameBytes));
    const toDraw = [...path.keys()].filter((frame) => plan.source[frame] === frame);
    const slots = new Map<number, Uint8Array>();
    const drawing: Promise<void>[] = [];
    const drawUpTo = (end: number) => {
      while (drawing.length < Math.min(end, toDraw.length)) {
        const frame = toDraw[drawing.length] ?? 0;
        const slot = memory.take(frameBytes);
        slots.set(frame, slot);
        const drawn = this.#draw(path[frame], frame, slot);
        // Awaited in order below. A reader that leaves early must not leave an unhandled rejection.
        drawn.catch(() => {});
        drawing.push(drawn);
      }
    };
    const giveBack = (frame: number) => {
      const slot = slots.get(frame);
      if (slot) memory.giveBack(slot);
      slots.delete(frame);
    };
    let drawn = 0;
    try {
      for (let frame = 0; frame < path.length; frame++) {
        signal.throwIfAborted();
        drawUpTo(drawn + DRAWN_AHEAD);
        const source = plan.source[frame] ?? frame;
        if (source === frame) await drawing[drawn++];
        const bytes = slots.get(source);
        if (bytes) yield { frame, bytes };
        // The reader has finished with this frame; one that is shown again stays where it is.
        if ((plan.keepUntil.get(source) ?? source) === frame) giveBack(source);
      }
    } finally {
      // The GL thread may still write into the slots of a reader that has left early.
      void Promise.allSettled(drawing).then(() => [...slots.keys()].forEach(giveBack));
    }
  }

  /**
   * Draws one picture in RGB, without the loss of I420, and over white if the scene is transparent.
   * `frame` is its number in the clip, which seeds its grain.
   */
  async still(state: FrameState, frame: number): Promise<Picture> {
    if (this.transparent) {
      const { rgba, ...size } = await this.transparentStill(state, frame);
      return { rgb: overWhite(rgba), ...size };
    }
    const rgb = new Uint8Array(new SharedArrayBuffer(rgbBytes(this.size)));
    await this.#calls.draw({ ...this.#drawing(state, frame), format: "rgb", target: rgb });
    return { rgb, ...this.size };
  }

  /** Draws one picture of a transparent scene with its alpha. */
  async transparentStill(state: FrameState, frame: number): Promise<TransparentPicture> {
    const rgba = new Uint8Array(new SharedArrayBuffer(rgbaBytes(this.size)));
    await this.#calls.draw({ ...this.#drawing(state, frame), format: "rgba", target: rgba });
    return { rgba, ...this.size };
  }

  async #draw(state: FrameState | undefined, frame: number, target: Uint8Array | undefined) {
    if (!state || !target) return;
    const format = this.transparent ? "rgba" : "i420";
    await this.#calls.draw({ ...this.#drawing(state, frame), format, target });
  }

  #drawing({ camera, effects }: FrameState, frame: number) {
    const size = this.#drawnSize;
    const cameras = this.#stereo
      ? eyeCameras(camera, this.#stereo, size.width / size.height)
      : [camera];
    const views = cameras.map((eye) => viewOf(eye, size, this.#halfSides));
    return { views, effects, frame };
  }

  close(): Promise<void> {
    return this.#calls.close();
  }
}

/** The size of the frames, which hold the views of both eyes. */
function sizeOf({ frame, stereo }: Pick<SceneData, "frame" | "stereo">): Size {
  return stereo?.composed ?? frame;
}

/** The time for a command that touches rasters of these sizes. */
function budgetMs(...sizes: readonly Size[]): number {
  const pixels = sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  return Math.max(MIN_BUDGET_MS, (BUDGET_MS_PER_MEGAPIXEL * pixels) / 1e6);
}
