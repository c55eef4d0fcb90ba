/** Starts the GL thread and opens scenes in it. */
import { DepthmeshError } from "../../core/errors.js";
import type { Size } from "../../core/geometry/size.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import type { GlLimits, ObjectCounts } from "../../drawing/driver.js";
import { checkFrame, sceneNotes } from "../../drawing/fit-scene.js";
import { collectSoon } from "../../kit/process/collect-garbage.js";
import { compiledModule } from "../../kit/process/package-path.js";
import { ThreadClient } from "../../kit/process/thread-client.js";
import { FrameMemory } from "./frame-memory.js";
import type { I420Choice } from "./gl/i420-reader.js";
import type { GlCalls } from "./gl/protocol.js";
import { type GlLane, GlLanes } from "./gl-lanes.js";
import { RenderScene, sizeOf } from "./render-scene.js";

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

type GlThread = ThreadClient<GlCalls>;

export class Renderer {
  readonly limits: GlLimits;
  /** In which way frames become I420 here. */
  readonly i420: I420Choice;
  readonly #thread: GlThread;
  readonly #memory: FrameMemory;
  readonly #keptBytes: number;
  readonly #lanes = new GlLanes();
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
   * driver cannot draw, and rejects with GPU_OUT_OF_MEMORY or RENDERER_LOST. All work on the scene
   * has this lane.
   */
  async open(data: SceneData, lane: GlLane = "normal"): Promise<RenderScene> {
    const { frame, photoSize, disparitySize } = data;
    checkFrame(frame, this.limits);
    if (data.stereo) checkFrame(data.stereo.composed, this.limits);
    const notes = sceneNotes(photoSize, disparitySize, this.limits);
    const scene = ++this.#lastScene;
    const opening = {
      budgetMs: OPEN_BUDGET_MS + budgetMs(sizeOf(data), photoSize, disparitySize),
    };
    const facts = await this.#lanes.pass(lane, () =>
      this.#thread.ask("open", { scene, data }, opening),
    );
    const passes = data.transparent || data.stereo ? 2 : 1;
    const options = { budgetMs: passes * budgetMs(facts.drawnSize, sizeOf(data)) };
    return new RenderScene(
      data,
      { ...facts, notes: [...notes, ...facts.notes] },
      {
        memory: this.#memory,
        keptBytes: this.#keptBytes,
        draw: (request) =>
          this.#lanes.pass(lane, () => this.#thread.ask("draw", { ...request, scene }, options)),
        close: () => this.#lanes.pass(lane, () => this.#thread.ask("close", { scene }, options)),
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

/** The time for a command that touches rasters of these sizes. */
function budgetMs(...sizes: readonly Size[]): number {
  const pixels = sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  return Math.max(MIN_BUDGET_MS, (BUDGET_MS_PER_MEGAPIXEL * pixels) / 1e6);
}
