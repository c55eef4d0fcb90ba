/** How many blobs are removed at a time. Stores that take long are made up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { BlobClaims, type Claims } from "../../../kit/blobs/claims.js";
import type { RemovalWindow } from "../../../kit/blobs/object-store.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { refusal } from "../../../testing/refusal.js";
import { Deletion, type DeletionOptions } from "./deletion.js";
import { KnownSegments } from "./known-segments.js";

const HASHES = Array.from({ length: 40 }, (_, i) => String(i).padStart(64, "0"));

/** Claims whose windows are over after as many removals as `room` says, one after the other. */
class ShortWindows extends BlobClaims implements Claims {
  readonly begun: number[] = [];
  readonly #room: readonly number[];

  constructor(room: readonly number[]) {
    super();
    this.#room = room;
  }

  override whileRemoving<T>(
    hashes: Iterable<string>,
    work: (window: RemovalWindow) => Promise<T>,
  ): Promise<T> {
    let left = this.#room[this.begun.length] ?? Number.POSITIVE_INFINITY;
    this.begun.push([...hashes].length);
    return work({ isOpen: () => left >= 0, begin: () => --left >= 0 });
  }
}

function deletion(claims: Claims) {
  const removed: string[] = [];
  let looks = 0;
  const nothing = { upToDate: async () => {} };
  const options: DeletionOptions = {
    ...{ store: new MemoryJobStore(), log: pino({ level: "silent" }), claims, startedAtMs: 0 },
    blobs: {
      stat: async (sha256) => ({ sha256, sizeBytes: 10 }),
      remove: async (sha256, _beforeMs, window) => {
        if (window?.begin() === false) return false;
        removed.push(sha256);
        return true;
      },
    },
    references: {
      isReferred: async (sha256) => sha256 === HASHES[1],
      isReferredBy: async () => false,
      endedAmong: async () => new Set(),
    },
    catalogue: { isInUse: false, ask: () => assert.fail(), reaches: async () => {} },
    caches: { ...nothing, entries: () => [], referringTo: () => [], remove: async () => {} },
    index: {
      ...{ live: new Map(), segments: new KnownSegments() },
      upToDate: async () => {
        looks += 1;
        return 0;
      },
    },
    uploads: nothing,
  };
  return { removed, looks: () => looks, deletion: new Deletion(options) };
}

test("many blobs are removed some at a time, each window as far as it reaches, and none is left", async () => {
  const claims = new ShortWindows([5, 0, 16]);
  const made = deletion(claims);
  await assert.rejects(made.deletion.unowned(new Set(HASHES)), { reason: "STORAGE_UNAVAILABLE" });
  assert.deepEqual(claims.begun, [16, 16], "the second window was over before it began");
  assert.equal(made.removed.length, 5);
  await made.deletion.unowned(new Set(HASHES));
  const all = HASHES.filter((sha256) => sha256 !== HASHES[1]);
  assert.deepEqual([...new Set(made.removed)].sort(), all, "what is referred to stays");
  assert.equal(made.looks(), 2, "what is referred to is found out once for all of them");
});

test("a store that removes nothing within a window is not waited for", async () => {
  const claims = new ShortWindows([0]);
  const { message } = await refusal(deletion(claims).deletion.unowned(new Set(HASHES)));
  assert.match(message, /too slow/);
});
