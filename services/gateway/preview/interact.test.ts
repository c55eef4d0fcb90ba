/**
 * A session with scripted render workers: what it draws, and what becomes of it when one is lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { AsyncQueue } from "../../../kit/async/queue.js";
import type {
  InteractCamera,
  InteractRequest,
  InteractResponse,
  PreviewPicture,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { runSession, type SessionScene } from "./interact.js";

const NEVER = new AbortController().signal;
const picture = (data = 0): PreviewPicture => ({
  ...{ mediaType: "image/jpeg", width: 4, height: 2 },
  data: Uint8Array.of(data),
});

/** A worker that draws a camera when it is let to, and the sequences of what it was asked for. */
class ScriptedScene implements SessionScene {
  readonly ready = { width: 4, height: 2, presets: [], notes: [], depth: undefined };
  readonly asked: number[] = [];
  readonly #drawn = new AsyncQueue<PreviewPicture>();
  readonly #pictures = this.#drawn[Symbol.asyncIterator]();
  isClosed = false;

  draw({ sequence }: InteractCamera): void {
    this.asked.push(sequence);
  }
  async next(): Promise<PreviewPicture | undefined> {
    const { value, done } = await this.#pictures.next();
    return done ? undefined : value;
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
  finish(): void {
    this.#drawn.push(picture());
  }
  lose(reason: "SERVICE_UNAVAILABLE" | "PARAMETER_CONFLICT" = "SERVICE_UNAVAILABLE"): void {
    this.#drawn.close(new DepthmeshError(reason, "scripted"));
  }
}

function session(scenes: ScriptedScene[], idleMs = 10_000, signal = NEVER) {
  const requests = new AsyncQueue<InteractRequest>();
  let opened = 0;
  const open = async () => {
    const scene = scenes[opened++];
    if (!scene) throw new DepthmeshError("SERVICE_UNAVAILABLE", "no worker");
    return scene;
  };
  const responses = runSession(open, requests[Symbol.asyncIterator](), { idleMs, signal });
  const send = (...sequences: number[]) => {
    for (const sequence of sequences) {
      requests.push({ kind: { $case: "camera", value: { sequence, x: 0, y: 0, dolly: 0 } } });
    }
  };
  const frame = async () => factsOf((await responses.next()).value);
  return { requests, responses, send, frame };
}

function factsOf(response: InteractResponse | undefined) {
  if (response?.kind?.$case !== "frame") return undefined;
  const { sequence, passedOver } = response.kind.value;
  return [sequence, passedOver];
}

const settled = () => new Promise(setImmediate);

test("the newest camera is drawn, and two are on their way at once", async () => {
  const scene = new ScriptedScene();
  const { requests, responses, send, frame } = session([scene]);
  assert.equal((await responses.next()).value?.kind?.$case, "ready");
  send(1);
  const first = frame();
  await settled();
  send(2);
  await settled();
  send(3, 4, 5, 6);
  await settled();
  assert.deepEqual(scene.asked, [1, 2]);
  scene.finish();
  assert.deepEqual(await first, [1, 0]);
  const second = frame();
  await settled();
  // 3, 4 and 5 were passed over.
  assert.deepEqual(scene.asked, [1, 2, 6]);
  scene.finish();
  assert.deepEqual(await second, [2, 0]);
  const third = frame();
  scene.finish();
  assert.deepEqual(await third, [6, 3]);
  requests.close();
  assert.equal((await responses.next()).done, true);
  assert.equal(scene.isClosed, true);
});

test("the last camera is drawn although its caller sends no more", async () => {
  const scene = new ScriptedScene();
  const { requests, responses, send, frame } = session([scene]);
  await responses.next();
  send(1, 2, 3);
  requests.close();
  const first = frame();
  await settled();
  scene.finish();
  scene.finish();
  const seen = [await first];
  for (let next = await frame(); next; next = await frame()) seen.push(next);
  assert.equal(seen.at(-1)?.[0], 3);
});

test("another worker draws the newest camera when one is lost", async () => {
  const scenes = [new ScriptedScene(), new ScriptedScene()];
  const { responses, send, frame } = session(scenes);
  await responses.next();
  send(1);
  const lost = frame();
  await settled();
  send(2);
  await settled();
  send(3);
  scenes[0]?.lose();
  await settled();
  await settled();
  assert.deepEqual(scenes[0]?.asked, [1, 2]);
  assert.equal(scenes[0]?.isClosed, true);
  scenes[1]?.finish();
  assert.deepEqual(await lost, [3, 2]);
  assert.deepEqual(scenes[1]?.asked, [3]);
  await responses.return(undefined);
  assert.equal(scenes[1]?.isClosed, true);
});

test("workers that are lost one after another end the session, and so does a worker's refusal", async () => {
  const scenes = Array.from({ length: 5 }, () => new ScriptedScene());
  for (const scene of scenes) scene.lose();
  const { responses, send } = session(scenes);
  await responses.next();
  send(1);
  await assert.rejects(responses.next(), { reason: "SERVICE_UNAVAILABLE" });
  assert.equal(scenes.filter(({ isClosed }) => isClosed).length, 3);
  const refusing = new ScriptedScene();
  refusing.lose("PARAMETER_CONFLICT");
  const refused = session([refusing, new ScriptedScene()]);
  await refused.responses.next();
  refused.send(1);
  await assert.rejects(refused.responses.next(), { reason: "PARAMETER_CONFLICT" });
});

test("a session without cameras ends, and so does one with a wrong camera or a drain", async () => {
  const idle = session([new ScriptedScene()], 20);
  await idle.responses.next();
  await assert.rejects(idle.responses.next(), { reason: "JOB_DEADLINE_EXCEEDED" });
  const wrong = session([new ScriptedScene()]);
  await wrong.responses.next();
  wrong.requests.push({
    kind: { $case: "camera", value: { sequence: 1, x: 7, y: 0, dolly: 0 } },
  });
  await assert.rejects(wrong.responses.next(), { reason: "PARAMETER_OUT_OF_RANGE" });
  const drain = new AbortController();
  const drained = session([new ScriptedScene()], 10_000, drain.signal);
  await drained.responses.next();
  const next = drained.responses.next();
  drain.abort(new DepthmeshError("DRAINING", "the gateway is shutting down"));
  await assert.rejects(next, { reason: "DRAINING" });
});
