/**
 * The worst files for the structure checks, as large as uploads may be: while one is checked, the
 * thread that serves calls is never kept busy for more than 50 ms.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import sharp from "sharp";
import { receivePhoto } from "./inspect.js";
import { DEFAULT_PHOTO_LIMITS } from "./limits.js";

const FILE_BYTES = DEFAULT_PHOTO_LIMITS.maxBytes;
const CHUNK_BYTES = 256 * 1024;
const LIMIT_MS = 50;

/** A file of the largest size: a beginning, then one part again and again. */
function filled(beginning: Buffer, part: Buffer, end = Buffer.alloc(0)): Buffer {
  const file = Buffer.alloc(FILE_BYTES);
  file.fill(part, beginning.length);
  beginning.copy(file);
  end.copy(file, FILE_BYTES - end.length);
  return file;
}

const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: "#456" } });
const real = new Map<string, Buffer>();
before(async () => {
  for (const format of ["png", "jpeg", "webp", "gif", "avif"] as const) {
    real.set(format, await picture.clone().toFormat(format).toBuffer());
  }
});
const beginning = (format: string, bytes: number) =>
  (real.get(format) ?? Buffer.alloc(0)).subarray(0, bytes);
const scanStart = () => (real.get("jpeg") ?? Buffer.alloc(0)).indexOf("\xff\xda", 0, "latin1") + 14;
const riff = (file: Buffer) => {
  file.writeUInt32LE(file.length - 8, 4);
  return file;
};

const WORST: readonly (readonly [string, () => Buffer])[] = [
  ["PNG of empty chunks", () => filled(beginning("png", 33), Buffer.from("\0\0\0\0tEXt\0\0\0\0"))],
  ["JPEG of empty segments", () => filled(beginning("jpeg", 2), Buffer.of(0xff, 0xe0, 0, 2))],
  ["JPEG of stuffed bytes", () => filled(beginning("jpeg", scanStart()), Buffer.of(0xff, 0))],
  ["JPEG of fill bytes", () => filled(beginning("jpeg", 2), Buffer.of(0xff))],
  ["JPEG of restarts", () => filled(beginning("jpeg", scanStart()), Buffer.of(0xff, 0xd0))],
  ["GIF of empty extensions", () => filled(gifStart(), Buffer.of(0x21, 0xfe, 0))],
  [
    "GIF of short blocks",
    () => filled(Buffer.concat([gifStart(), Buffer.of(0x21, 0xfe)]), Buffer.of(1, 7)),
  ],
  [
    "GIF of zeros",
    () => filled((real.get("gif") ?? Buffer.alloc(1)).subarray(0, -1), Buffer.of(0)),
  ],
  ["AVIF of empty boxes", () => filled(beginning("avif", 28), Buffer.from("\0\0\0\x08free"))],
  [
    "WebP of empty chunks",
    () => riff(filled(real.get("webp") ?? Buffer.alloc(0), Buffer.from("JUNK\0\0\0\0"))),
  ],
];

/** Signature, screen and color table of the GIF. */
function gifStart(): Buffer {
  const packed = real.get("gif")?.[10] ?? 0;
  return beginning("gif", 13 + (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0));
}

async function* chunksOf(file: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += CHUNK_BYTES) yield file.subarray(at, at + CHUNK_BYTES);
}

/**
 * The longest time between two turns of the event loop while the file is received, in milliseconds
 * of processor time: another process's time does not count.
 */
async function longestTurnMs(file: Buffer): Promise<number> {
  let longestMs = 0;
  let isDone = false;
  let last = process.cpuUsage();
  const turn = () => {
    const { user, system } = process.cpuUsage(last);
    longestMs = Math.max(longestMs, (user + system) / 1000);
    last = process.cpuUsage();
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await receivePhoto(chunksOf(file), DEFAULT_PHOTO_LIMITS).catch((error: { reason: string }) =>
    assert.match(error.reason, /^IMAGE_/),
  );
  isDone = true;
  return longestMs;
}

for (const [name, make] of WORST) {
  test(`${name}: the thread has its turn every ${LIMIT_MS} ms`, async () => {
    const file = make();
    // V8's own threads, which compile and collect, count too, so one turn alone proves nothing.
    const longestMs = Math.min(await longestTurnMs(file), await longestTurnMs(file));
    assert.ok(longestMs < LIMIT_MS, `${longestMs.toFixed(0)} ms`);
  });
}
