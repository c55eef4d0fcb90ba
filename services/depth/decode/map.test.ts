/** Depth maps in every format, where possible written by another program than ours. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import type { MapInput } from "../../../core/depthmap/files/map-file.js";
import { writeNpy } from "../../../core/depthmap/files/npy.js";
import { writePfm } from "../../../core/depthmap/files/pfm.js";
import type { Reason } from "../../../core/error-reasons.js";
import type { DepthmeshError } from "../../../core/errors.js";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { mutated } from "../../../testing/mutations.js";
import { seededRandom } from "../../../testing/random.js";
import { refusal } from "../../../testing/refusal.js";
import { Decoder } from "./decoder.js";

const run = promisify(execFile);
const WIDTH = 48;
const HEIGHT = 33;
const values = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => 0.25 + i / 4000);
const map = { values, width: WIDTH, height: HEIGHT };
const NEAR: MapInput = { polarity: "near-is-white" };

const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 10_000, stallMs: 60_000 });
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-maps-"));
  await writeFile(join(folder, "map.raw"), new Uint8Array(values.buffer));
});
after(async () => {
  await decoder.close();
  await rm(folder, { recursive: true, force: true });
});

const decode = (bytes: Uint8Array, input = NEAR) =>
  decoder.map(bytes, { input, limits: DEFAULT_PHOTO_LIMITS, formats: ["jpeg"] });

function assertValues(actual: Float32Array, expected: Float32Array, by = 0): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    const got = actual[i] ?? Number.NaN;
    assert.ok(Math.abs(got - value) <= by, `sample ${i} is ${got}, not ${value}`);
  }
}

async function writtenByFfmpeg(file: string, ...options: string[]): Promise<Buffer> {
  const input = ["-f", "rawvideo", "-pix_fmt", "grayf32le", "-s", `${WIDTH}x${HEIGHT}`];
  const quiet = ["-hide_banner", "-loglevel", "error", "-y"];
  const path = join(folder, file);
  const raw = join(folder, "map.raw");
  await run("ffmpeg", [...quiet, ...input, "-i", raw, ...options, "-frames:v", "1", path]);
  return readFile(path);
}

for (const compression of ["none", "zip1", "zip16"]) {
  for (const format of ["float", "half"]) {
    test(`an OpenEXR file of ffmpeg is decoded: ${format}, compression ${compression}`, async () => {
      const options = ["-compression", compression, "-format", format];
      const decoded = await decode(
        await writtenByFfmpeg(`${compression}-${format}.exr`, ...options),
      );
      assert.deepEqual([decoded.width, decoded.height], [WIDTH, HEIGHT]);
      // A half float has 11 bits of precision, and ffmpeg truncates.
      assertValues(decoded.values, values, format === "half" ? 1 / 2048 : 0);
    });
  }
}

test("PFM files are decoded in both byte orders, rows from bottom to top", async () => {
  const samples = Buffer.alloc(16);
  for (const [i, value] of [3, 4, 1, 2].entries()) samples.writeFloatBE(value, 4 * i);
  const big = await decode(Buffer.concat([Buffer.from("Pf\n2 2\n1.0\n"), samples]));
  assert.deepEqual([...big.values], [1, 2, 3, 4]);
  const little = await decode(Buffer.concat([Buffer.from("Pf 2 2 -1\n"), samples.swap32()]));
  assert.deepEqual([...little.values], [1, 2, 3, 4]);
  assertValues((await decode(writePfm(map))).values, values);
  await assertReason(decode(Buffer.from("PF\n2 2\n1.0\n")), "IMAGE_UNSUPPORTED_FORMAT");
});

test("NumPy arrays are decoded, also with other types and byte orders and with axes of length 1", async () => {
  assertValues((await decode(writeNpy(map))).values, values);
  const header = (descr: string, shape: string) => {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
    return Buffer.concat([
      Buffer.from("\x93NUMPY\x01\x00v\x00", "latin1"),
      Buffer.from(`${text}\n`),
    ]);
  };
  const shorts = Buffer.alloc(2 * 6);
  for (let i = 0; i < 6; i++) shorts.writeUInt16BE(1000 * i, 2 * i);
  const decoded = await decode(Buffer.concat([header(">u2", "(1, 2, 3)"), shorts]));
  assert.deepEqual(
    [decoded.width, decoded.height, ...decoded.values],
    [3, 2, 0, 1000, 2000, 3000, 4000, 5000],
  );
  await assertReason(
    decode(Buffer.concat([header("<i8", "(2, 3)"), shorts])),
    "IMAGE_UNSUPPORTED_FORMAT",
  );
  await assertReason(
    decode(Buffer.concat([header("<f4", "(5,)"), shorts])),
    "IMAGE_UNSUPPORTED_FORMAT",
  );
  await assertReason(decode(Buffer.concat([header("<f4", "(2, 3)"), shorts])), "IMAGE_TRUNCATED");
});

test("PNG files with 8 and 16 bits, gray and color, give the values in the file", async () => {
  const eight = Uint8Array.from(values, (value) => Math.round(255 * value));
  const sixteen = Uint16Array.from(values, (value) => Math.round(65535 * value));
  const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 1 as const } };
  const files: [Float32Array, Promise<Buffer>][] = [
    [Float32Array.from(eight), sharp(eight, raw).toColourspace("b-w").png().toBuffer()],
    [Float32Array.from(eight), sharp(eight, raw).png().toBuffer()],
    [Float32Array.from(sixteen), sharp(sixteen, raw).toColourspace("grey16").png().toBuffer()],
    [Float32Array.from(sixteen), sharp(sixteen, raw).toColourspace("rgb16").png().toBuffer()],
  ];
  for (const [expected, file] of files) assertValues((await decode(await file)).values, expected);
});

test("raw float32 rows are decoded by the size in the request", async () => {
  const input: MapInput = {
    polarity: "near-is-white",
    format: "float32",
    width: WIDTH,
    height: HEIGHT,
  };
  const bytes = new Uint8Array(values.buffer);
  assertValues((await decode(bytes, input)).values, values);
  await assertReason(decode(bytes.subarray(4), input), "IMAGE_TRUNCATED");
  await assertReason(decode(bytes, { ...input, height: HEIGHT - 1 }), "IMAGE_CORRUPT");
});

test("the polarity says whether white is far, or whether values are distances", async () => {
  const three = (list: number[]) =>
    writePfm({ values: Float32Array.from(list), width: list.length, height: 1 });
  const far = await decode(three([1, 2, 5]), { polarity: "far-is-white" });
  assert.deepEqual([...far.values], [-1, -2, -5]);
  const distances = [1, 2, 4, Number.POSITIVE_INFINITY, 0];
  const near = await decode(three(distances), { polarity: "distance" });
  assert.deepEqual([...near.values], [1, 0.5, 0.25, 0, 0]);
});

const assertReason = async (work: Promise<unknown>, reason: Reason) =>
  assert.equal((await refusal(work)).reason, reason);

test("a file that is no depth map is refused, and the error names the field", async () => {
  const error = await refusal(decode(Buffer.from("hello, this is a letter, and no map at all")));
  assert.equal(error.reason, "IMAGE_UNSUPPORTED_FORMAT");
  assert.equal(error.metadata.field, "depth.map");
  const rle = await writtenByFfmpeg("rle.exr", "-compression", "rle");
  assert.match((await refusal(decode(rle))).message, /compression 1/);
  await assertReason(decode(rle, { ...NEAR, format: "npy" }), "IMAGE_CORRUPT");
});

test("damaged maps are decoded or refused with a reason, and the decoder survives", async () => {
  const files = [
    await writtenByFfmpeg("z.exr", "-compression", "zip16"),
    await writtenByFfmpeg("n.exr", "-compression", "none"),
    Buffer.from(writePfm(map)),
    Buffer.from(writeNpy(map)),
  ];
  const random = seededRandom(3);
  const { pid } = decoder;
  for (let i = 0; i < 400; i++) {
    const bytes = mutated(files[i % files.length] ?? Buffer.alloc(0), random);
    await decode(bytes).then(
      (decoded) => assert.equal(decoded.values.length, decoded.width * decoded.height),
      (error: DepthmeshError) => assert.match(error.reason, /^IMAGE_/, error.message),
    );
  }
  assert.equal(decoder.pid, pid);
});
