/** Back pressure and eviction, against a source buffer that holds little. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AHEAD_SECONDS, append, type Playhead, type Sink, secondsAhead } from "./append-queue.js";

/** One byte is a second of video. Holds at most `capacity` of them, in one range. */
class FakeSink extends EventTarget implements Sink {
  start = 0;
  end = 0;
  updating = false;
  fails = false;
  readonly capacity: number;

  constructor(capacity: number) {
    super();
    this.capacity = capacity;
  }

  get buffered() {
    const length = this.end > this.start ? 1 : 0;
    return { length, start: () => this.start, end: () => this.end };
  }

  appendBuffer(piece: ArrayBuffer | ArrayBufferView): void {
    assert.equal(this.updating, false);
    if (this.end - this.start + piece.byteLength > this.capacity) {
      throw new DOMException("full", "QuotaExceededError");
    }
    this.#update(() => {
      this.end += piece.byteLength;
    });
  }

  remove(start: number, end: number): void {
    assert.equal(this.updating, false);
    assert.equal(start, this.start);
    this.#update(() => {
      this.start = Math.min(end, this.end);
    });
  }

  #update(change: () => void): void {
    this.updating = true;
    queueMicrotask(() => {
      this.updating = false;
      if (this.fails) this.dispatchEvent(new Event("error"));
      else change();
      this.dispatchEvent(new Event("updateend"));
    });
  }
}

/** Plays one second whenever it is waited for. */
class FakePlayhead implements Playhead {
  currentTime = 0;
  moves = 0;

  async moved(): Promise<void> {
    this.currentTime += 1;
    this.moves += 1;
  }
}

const second = new Uint8Array(1);

test("bytes go in at once while little lies ahead, and then as they are played", async () => {
  const [sink, playhead] = [new FakeSink(1000), new FakePlayhead()];
  for (let i = 0; i <= AHEAD_SECONDS; i++) await append(sink, playhead, second);
  assert.equal(playhead.moves, 0);
  for (let i = 0; i < 10; i++) await append(sink, playhead, second);
  assert.equal(playhead.moves, 10);
  assert.equal(secondsAhead(sink, playhead.currentTime), AHEAD_SECONDS + 1);
});

test("a full buffer loses what was played, and keeps a little behind the player", async () => {
  const [sink, playhead] = [new FakeSink(20), new FakePlayhead()];
  for (let i = 0; i < 100; i++) await append(sink, playhead, second);
  assert.equal(sink.end, 100);
  assert.ok(sink.end - sink.start <= 20);
  assert.ok(playhead.currentTime - sink.start >= 5);
  assert.ok(playhead.currentTime <= sink.end);
});

test("a large piece goes in in parts", async () => {
  const sizes: number[] = [];
  const sink = new FakeSink(10_000_000);
  const appendBuffer = sink.appendBuffer.bind(sink);
  sink.appendBuffer = (piece) => {
    sizes.push(piece.byteLength);
    appendBuffer(piece);
  };
  const playhead = { currentTime: 5_000_000, moved: async () => {} };
  await append(sink, playhead, new Uint8Array(600_000));
  assert.deepEqual(sizes, [262_144, 262_144, 75_712]);
});

test("bytes that the browser cannot read, and a player that is closed, are errors", async () => {
  const sink = new FakeSink(10);
  sink.fails = true;
  await assert.rejects(append(sink, new FakePlayhead(), second), /cannot read the video/);
  const full = new FakeSink(0);
  const closed = { currentTime: 0, moved: () => Promise.reject(new Error("closed")) };
  await assert.rejects(append(full, closed, second), /closed/);
});

test("what lies ahead counts within the player's own range only", () => {
  const ranges = [
    [0, 2],
    [5, 9],
  ] as const;
  const buffered = {
    length: ranges.length,
    start: (i: number) => ranges[i]?.[0] ?? 0,
    end: (i: number) => ranges[i]?.[1] ?? 0,
  };
  assert.deepEqual(
    [0, 1.5, 3, 6, 9].map((at) => secondsAhead({ buffered }, at)),
    [2, 0.5, 0, 3, 0],
  );
});
