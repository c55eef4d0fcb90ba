/**
 * A real nats-server whose disk is full for a while (a small file system of its own) stops
 * answering for good: its supervisor restarts it, and everything acknowledged is there.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createLog } from "../kit/log.js";
import { connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import type { Restart } from "../launcher/supervised.js";
import { eventually, succeeds } from "../testing/eventually.js";
import { SmallDisk } from "../testing/small-disk.js";

const WRITERS = 4;

test("a server that answers nothing since its disk was full is restarted, with all it acknowledged", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-full-"));
  const disk = await SmallDisk.mount(join(folder, "disk"), 32);
  const restarts: Restart[] = [];
  const server = await NatsServer.start({
    folder: disk.folder,
    probeEveryMs: 400,
    onRestart: (restart) => restarts.push(restart),
  });
  const log = createLog("silent", { service: "test", worker: "test" });
  const bus = await connectBus(server.urlFor("gateway"), "test", log);
  let isOver = false;
  try {
    if (!disk.canBeFull) return t.skip("no permission to mount a file system");
    const bucket = await bus.jetstream.views.kv("full", { history: 1 });
    const acknowledged = new Map<string, string>();
    const write = async (_: unknown, writer: number) => {
      for (let i = 0; !isOver; i++) {
        const value = `${i}`.padEnd(2_000, "x");
        if (await succeeds(bucket.put(`k${writer}`, value))) acknowledged.set(`k${writer}`, value);
        // A put is refused at once while the server is away.
        else await setImmediate();
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, write));
    await eventually("all write", async () => acknowledged.size === WRITERS);
    await disk.fill();
    await eventually("it answers nothing", async () => !(await succeeds(bucket.get("k0"))));
    await disk.free();
    const served = acknowledged.get("k0");
    await eventually("it takes writes again", async () => acknowledged.get("k0") !== served);
    isOver = true;
    await writing;
    for (const [key, value] of acknowledged) {
      const stored = await bucket.get(key);
      // A write whose answer was lost may have been made as well.
      const number = Number.parseInt(stored?.string() ?? "-1", 10);
      assert.ok(number >= Number.parseInt(value, 10), `${key} has its last acknowledged value`);
    }
    assert.ok(restarts.some(({ cause }) => cause === "silent"));
  } finally {
    isOver = true;
    await bus.close();
    await server.stop();
    await disk.unmount();
    await rm(folder, { recursive: true, force: true });
  }
});
