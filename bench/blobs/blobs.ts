/**
 * `npm run bench -- blobs`: what it costs a gateway to write and to read blobs in each store, and
 * how much memory it has while 1 GiB streams through. The servers run on the same machine, so that
 * MiB/s tell less about another one than the processor time and the requests do.
 */
import { randomBytes } from "node:crypto";
import type { BlobStore } from "../../kit/blobs/store.js";
import { residentMib } from "../../testing/process-facts.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { BENCHED_PART_MIB, type BenchedStore, openBenchedStores } from "./benched-stores.js";

const MIB = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const SIZES = [
  { name: "64 KiB", bytes: 64 * 1024, times: 40 },
  { name: "1 MiB", bytes: MIB, times: 20 },
  { name: "64 MiB", bytes: 64 * MIB, times: 3 },
] as const;
const STREAMED_BYTES = 1024 * MIB;
const LOOK_EVERY_MS = 25;
/** The parts that a write has in memory, and as much again for the buffers of connections. */
const MAX_GROWTH_MIB = 8 * BENCHED_PART_MIB;

export async function* blobs(): AsyncGenerator<BenchLine> {
  for await (const store of openBenchedStores()) {
    try {
      // The first request opens connections and loads code.
      await store.blobs.write(chunksOf(randomBytes(CHUNK_BYTES), CHUNK_BYTES));
      for (const size of SIZES) yield* costOf(store, size);
      if (store.isRemote) yield* memoryOf(store);
    } finally {
      await store.close();
    }
  }
}

async function* costOf(
  { name, blobs, requests }: BenchedStore,
  { name: size, bytes, times }: (typeof SIZES)[number],
): AsyncGenerator<BenchLine> {
  const figure = figuresOf("blobs", `${name}, ${size}`);
  const rates = { write: [] as number[], read: [] as number[] };
  const cpuMs = { write: 0, read: 0 };
  const counts = { write: 0, read: 0 };
  for (let time = 0; time < times; time++) {
    const block = randomBytes(Math.min(bytes, CHUNK_BYTES));
    let sha256 = "";
    const work = {
      write: async () => {
        ({ sha256 } = await blobs.write(chunksOf(block, bytes)));
      },
      read: () => readAll(blobs, sha256),
    };
    for (const way of ["write", "read"] as const) {
      requests();
      const cpu = process.cpuUsage();
      const began = performance.now();
      await work[way]();
      rates[way].push(bytes / MIB / ((performance.now() - began) / 1_000));
      const { user, system } = process.cpuUsage(cpu);
      cpuMs[way] += (user + system) / 1_000;
      counts[way] += requests();
    }
    await blobs.remove(sha256);
  }
  for (const way of ["write", "read"] as const) {
    yield figure(`${way}, median`, median(rates[way]), "MiB/s");
    yield figure(`${way}, processor time`, cpuMs[way] / ((bytes * times) / MIB), "ms/MiB");
    yield figure(`${way}, requests`, counts[way] / times, "per blob");
  }
}

/** Above what the process had before: the same block is sent again and again. */
async function* memoryOf({ name, blobs }: BenchedStore): AsyncGenerator<BenchLine> {
  const figure = figuresOf("blobs", `${name}, 1 GiB`);
  const block = randomBytes(CHUNK_BYTES);
  let sha256 = "";
  for (const [way, work] of [
    ["write", async () => ({ sha256 } = await blobs.write(chunksOf(block, STREAMED_BYTES)))],
    ["read", () => readAll(blobs, sha256)],
  ] as const) {
    const before = await residentMib(process.pid);
    let most = before;
    const looking = setInterval(async () => {
      most = Math.max(most, await residentMib(process.pid));
    }, LOOK_EVERY_MS);
    const began = performance.now();
    try {
      await work();
    } finally {
      clearInterval(looking);
    }
    const seconds = (performance.now() - began) / 1_000;
    yield figure(`${way}, rate`, STREAMED_BYTES / MIB / seconds, "MiB/s");
    yield figure(`${way}, memory before`, before, "MiB");
    const words = `memory while 1 GiB is ${way === "write" ? "written to" : "read from"} ${name}, above before`;
    yield atMost(words, most - before, MAX_GROWTH_MIB, "MiB");
  }
  await blobs.remove(sha256);
}

function* chunksOf(block: Buffer, bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += block.length) yield block.subarray(0, bytes - at);
}

async function readAll(blobs: BlobStore, sha256: string): Promise<void> {
  for await (const _chunk of blobs.read(sha256));
}
