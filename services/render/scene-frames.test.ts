/**
 * The frames of a path, drawn by a stand-in for the GL thread: each has the bytes of its picture
 * while it is read, pictures that return are drawn once, and the memory has its bound.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import { seededRandom } from "../../testing/random.js";
import { FrameMemory } from "./frame-memory.js";
import { SCRATCH_BYTES } from "./gl/i420-module.js";
import { RenderScene } from "./render-scene.js";

const FRAME = { width: 64, height: 36 };
const FRAME_BYTES = (64 * 36 * 3) / 2;
const PAGE_BYTES = 64 * 1024;
const signal = () => new AbortController().signal;

/** Fills each frame with its number when `run` lets it, one after another as a thread does. */
class StandIn {
  readonly memory = new FrameMemory({ begin: () => {}, giveUp: () => {} });
  readonly drawn: number[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** What each drawing waits for. */
  turn: () => Promise<unknown> = () => setImmediate();

  scene(keptBytes: number): RenderScene {
    const geometry = sceneGeometry({ photo: FRAME, disparity: FRAME, frame: FRAME }, [], "fast");
    return new RenderScene(
      { frame: FRAME, geometry },
      { drawnSize: FRAME, notes: [] },
      {
        memory: this.memory,
        keptBytes,
        draw: ({ frame, target }) => {
          const { turn } = this;
          const drawn = this.#last.then(turn).then(() => {
            target.fill(frame + 1);
            this.drawn.push(frame);
          });
          this.#last = drawn.catch(() => {});
          return drawn;
        },
        close: async () => {},
      },
    );
  }
}

const swaying = withoutEffects(
  cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 90),
);
const offsets = swaying.map(({ camera }) => camera.offset.x);

for (const kept of [0, 1, 7, 100]) {
  test(`with room for ${kept} kept frames, each frame shows its state`, async () => {
    const standIn = new StandIn();
    const scene = standIn.scene(kept * FRAME_BYTES);
    let next = 0;
    for await (const { frame, bytes } of scene.frames(swaying, signal())) {
      assert.equal(frame, next++);
      await setImmediate();
      const [first = 0] = bytes;
      assert.ok(bytes.length === FRAME_BYTES && bytes.every((byte) => byte === first));
      assert.ok(Math.abs((offsets[first - 1] ?? 9) - (offsets[frame] ?? -9)) <= 2e-6);
    }
    assert.equal(next, swaying.length);
    // With room for all, half of the path is drawn; every picture in any case once or twice.
    assert.ok(kept < 100 || standIn.drawn.length <= 47, `${standIn.drawn.length} drawn`);
    assert.equal(new Set(standIn.drawn).size, standIn.drawn.length);
    const most = SCRATCH_BYTES + (3 + Math.min(kept, 47)) * (FRAME_BYTES + 64) + PAGE_BYTES;
    assert.ok(standIn.memory.heldBytes <= most, `${standIn.memory.heldBytes} of ${most} bytes`);
  });
}

test("paths that are read at the same time do not disturb each other", async () => {
  const standIn = new StandIn();
  const random = seededRandom(3);
  const read = async (length: number) => {
    const scene = standIn.scene(9 * FRAME_BYTES);
    for await (const { frame, bytes } of scene.frames(swaying.slice(0, length), signal())) {
      for (let waits = 0; waits < 4 * random(); waits++) await setImmediate();
      const [first = 0] = bytes;
      assert.ok(bytes.every((byte) => byte === first));
      assert.ok(Math.abs((offsets[first - 1] ?? 9) - (offsets[frame] ?? -9)) <= 2e-6);
    }
  };
  await Promise.all([read(90), read(60), read(75)]);
});

test("a slot that is still being drawn to is not given to another path", async () => {
  const standIn = new StandIn();
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const before = standIn.memory.heldBytes;
  for await (const { frame } of standIn.scene(0).frames(swaying, signal())) {
    // From now on the thread hangs, with the next frames in its queue.
    standIn.turn = () => gate;
    if (frame === 1) break;
  }
  const heldBytes = standIn.memory.heldBytes;
  assert.ok(heldBytes > before);
  // More than the page that the slots of the first path lie in.
  const others = Array.from({ length: 20 }, () => standIn.memory.take(FRAME_BYTES).fill(200));
  open();
  await setImmediate();
  await setImmediate();
  assert.ok(others.every((bytes) => bytes.every((byte) => byte === 200)));
  for (const bytes of others) standIn.memory.giveBack(bytes);
  // All is free again: as much as before fits without growth.
  const all = standIn.memory.heldBytes;
  standIn.memory.giveBack(standIn.memory.take(all - SCRATCH_BYTES));
  assert.equal(standIn.memory.heldBytes, all);
});

test("a drawing that fails is the reader's error, and its memory is free again", async () => {
  const standIn = new StandIn();
  let turns = 0;
  standIn.turn = async () => {
    if (turns++ === 5) throw new Error("no picture");
  };
  let last = -1;
  const reading = async () => {
    const frames = standIn.scene(5 * FRAME_BYTES).frames(swaying, signal());
    for await (const { frame } of frames) last = frame;
  };
  await assert.rejects(reading, /no picture/);
  assert.equal(last, 4);
  await setImmediate();
  const all = standIn.memory.heldBytes;
  standIn.memory.giveBack(standIn.memory.take(all - SCRATCH_BYTES));
  assert.equal(standIn.memory.heldBytes, all);
});
