/** The main thread's side of GL: scenes as promises, frames as views of a small ring of shared memory. */
import { Worker } from "node:worker_threads";
import { i420Bytes } from "../../core/clip/i420.js";
import type { Size } from "../../core/clip/size.js";
import { pixelRays, projection, type Vec2 } from "../../core/scene/camera.js";
import type { EffectState } from "../../core/scene/effects.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import { planFrames } from "../../core/scene/repeats.js";
import { DepthmeshError } from "../../kit/errors.js";
import type { GlCommand, GlReply, SceneData, SceneFacts, View } from "./gl/protocol.js";

/** Frames drawn ahead of the reader: one being sent, one ready, one being drawn. */
const RING_SLOTS = 3;

/** Frames that a path shows again are kept within this, so that each is drawn once. */
const KEPT_BYTES = 256 * 1024 * 1024;

interface Pending {
  resolve(facts: SceneFacts | undefined): void;
  reject(error: Error): void;
}

/** One frame, valid until the next is asked for. */
export interface RenderedFrame {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

export class Renderer {
  readonly #thread: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #lastScene = 0;

  private constructor(lost: (why: Error) => void) {
    this.#thread = new Worker(new URL("./gl/thread.js", import.meta.url));
    this.#thread.on("message", ({ id, error, facts }: GlReply) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) pending?.resolve(facts);
      else pending?.reject(new DepthmeshError("RENDERER_LOST", "drawing failed", { cause: error }));
    });
    const end = (cause: unknown) => {
      const error = new DepthmeshError("RENDERER_LOST", "the GL thread ended", { cause });
      for (const pending of this.#pending.values()) pending.reject(error);
      this.#pending.clear();
      lost(error);
    };
    this.#thread.on("error", end);
    this.#thread.on("exit", end);
  }

  /** Start the GL thread. Rejects with RENDERER_LOST when there is no context. */
  static async start(lost: (why: Error) => void): Promise<Renderer> {
    const renderer = new Renderer(lost);
    await renderer.#reply(0);
    return renderer;
  }

  /** Upload a scene; give it back with `close`. */
  async open(data: SceneData): Promise<RenderScene> {
    const scene = ++this.#lastScene;
    const facts = await this.#call({ kind: "open", scene, data });
    if (!facts) throw new DepthmeshError("RENDERER_LOST", "the GL thread opened no scene");
    return new RenderScene(data, facts, async (command) => {
      await this.#call({ ...command, scene });
    });
  }

  async stop(): Promise<void> {
    this.#thread.removeAllListeners("exit");
    await this.#thread.terminate();
  }

  #call(command: GlCommand): Promise<SceneFacts | undefined> {
    const id = ++this.#lastId;
    this.#thread.postMessage({ id, command });
    return this.#reply(id);
  }

  #reply(id: number): Promise<SceneFacts | undefined> {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }
}

type SceneCommand =
  | { kind: "draw"; view: View; effects: EffectState; frame: number; target: Uint8Array }
  | { kind: "close" };

export class RenderScene {
  /** Of the frame. */
  readonly size: Size;
  /** What is other than was asked for, for the log and the job's result. */
  readonly notes: readonly string[];
  readonly #drawnSize: Size;
  readonly #halfSides: Vec2;
  readonly #call: (command: SceneCommand) => Promise<void>;

  constructor(
    { frame, geometry }: Pick<SceneData, "frame" | "geometry">,
    { drawnSize, notes }: SceneFacts,
    call: (command: SceneCommand) => Promise<void>,
  ) {
    this.size = frame;
    this.notes = notes;
    this.#drawnSize = drawnSize;
    this.#halfSides = geometry.halfSides;
    this.#call = call;
  }

  /** The frames of a path in order, drawn ahead while earlier ones are sent; a state that returns is drawn once. */
  async *frames(path: readonly FrameState[], signal: AbortSignal): AsyncGenerator<RenderedFrame> {
    const frameBytes = i420Bytes(this.size);
    const slotBytes = i420Bytes(this.size);
    const ring = Array.from(
      { length: RING_SLOTS },
      () => new Uint8Array(new SharedArrayBuffer(slotBytes)),
    );
    const plan = planFrames(path, Math.floor(KEPT_BYTES / frameBytes));
    const toDraw = [...path.keys()].filter((frame) => plan.source[frame] === frame);
    const kept = new Map<number, Uint8Array>();
    const drawing: Promise<void>[] = [];
    const drawUpTo = (end: number) => {
      while (drawing.length < Math.min(end, toDraw.length)) {
        const frame = toDraw[drawing.length] ?? 0;
        const drawn = this.#draw(path[frame], frame, ring[drawing.length % RING_SLOTS]);
        // Awaited in order below; a reader that leaves early must not make it unhandled.
        drawn.catch(() => {});
        drawing.push(drawn);
      }
    };
    let drawn = 0;
    for (let frame = 0; frame < path.length; frame++) {
      signal.throwIfAborted();
      // The slot of the frame sent last is free again.
      drawUpTo(drawn + RING_SLOTS);
      const source = plan.source[frame] ?? frame;
      let bytes = kept.get(source);
      if (!bytes) {
        await drawing[drawn];
        bytes = ring[drawn % RING_SLOTS]?.subarray(0, frameBytes);
        drawn += 1;
        if (bytes && plan.keepUntil.has(frame)) kept.set(frame, bytes.slice());
      }
      if (plan.keepUntil.get(source) === frame) kept.delete(source);
      if (bytes) yield { frame, bytes };
    }
  }

  async #draw(state: FrameState | undefined, frame: number, target: Uint8Array | undefined) {
    if (!state || !target) return;
    const { camera, effects } = state;
    const { width, height } = this.#drawnSize;
    const view = {
      projection: projection(camera, width / height),
      rays: pixelRays(camera, this.#drawnSize, this.#halfSides),
    };
    await this.#call({ kind: "draw", view, effects, frame, target });
  }

  close(): Promise<void> {
    return this.#call({ kind: "close" });
  }
}
