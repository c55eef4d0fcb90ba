/** A page asks while it is seen, at a pace that fits what it sees. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextWaitMs, type Seen } from "./pace.js";
import { pollWhileVisible, type Visibility } from "./visible-poll.js";

const PACE = { shortestMs: 100, runningMs: 400, longestMs: 1000 };

class Page extends EventTarget implements Visibility {
  visibilityState: DocumentVisibilityState = "visible";

  become(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

test("the wait grows to its limit while nothing changes, and is short after a change", () => {
  const waits = [100];
  for (let i = 0; i < 5; i++) waits.push(nextWaitMs(waits.at(-1) ?? 0, "running", PACE));
  assert.deepEqual(waits, [100, 150, 225, 337.5, 400, 400]);
  assert.equal(nextWaitMs(400, "idle", PACE), 600);
  assert.equal(nextWaitMs(1000, "error", PACE), 1000);
  assert.equal(nextWaitMs(1000, "change", PACE), 100);
});

test("a hidden page asks nothing, and at once when it is shown again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const page = new Page();
  let asked = 0;
  const poll = pollWhileVisible(
    async () => {
      asked++;
      return "change";
    },
    PACE,
    page,
  );
  const settled = () => new Promise<void>((done) => setImmediate(done));
  await settled();
  assert.equal(asked, 1);
  t.mock.timers.tick(100);
  await settled();
  assert.equal(asked, 2);
  page.become("hidden");
  t.mock.timers.tick(5000);
  await settled();
  assert.equal(asked, 2);
  page.become("visible");
  await settled();
  assert.equal(asked, 3);
  poll.stop();
  t.mock.timers.tick(5000);
  await settled();
  assert.equal(asked, 3);
});

test("a question while another is on its way is asked after it, never beside it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answers: ((seen: Seen) => void)[] = [];
  const poll = pollWhileVisible(
    () => new Promise<Seen>((done) => answers.push(done)),
    PACE,
    new Page(),
  );
  poll.soon();
  poll.soon();
  assert.equal(answers.length, 1);
  answers[0]?.("idle");
  await new Promise<void>((done) => setImmediate(done));
  t.mock.timers.tick(0);
  assert.equal(answers.length, 2);
  poll.stop();
});
