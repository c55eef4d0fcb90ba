/**
 * Which depth map a job without an estimate uses, and how it lies on the photo, from real files.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import sharp from "sharp";
import type { MapInput } from "../../core/depthmap/files/map-file.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import { packagePath } from "../../kit/process/package-path.js";
import { exifOf } from "../../testing/pictures/exif.js";
import { pngChunk } from "../../testing/pictures/png.js";
import { Decoder } from "./decode/decoder.js";
import type { DecodedMap, PhotoRules } from "./decode/protocol.js";
import { suppliedMap } from "./supplied-map.js";

const RULES: PhotoRules = { limits: DEFAULT_PHOTO_LIMITS, formats: ["jpeg", "png"] };
const NEVER = new AbortController().signal;
const WHITE_IS_NEAR: MapInput = { polarity: "near-is-white" };
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 10_000, stallMs: 60_000 });
after(() => decoder.close());

const file = (name: string) => readFile(packagePath("testing", "cases", name));

interface Wanted {
  readonly map?: MapInput;
  readonly embedded?: boolean;
  readonly model?: string;
}

async function mapOf(photoFile: Uint8Array, mapFile: Uint8Array | undefined, wanted: Wanted = {}) {
  const fit = { longSidePixels: 1024 };
  const photo = await decoder.photo(photoFile, { ...RULES, fit }, NEVER);
  const { model = "auto", embedded = true, map } = wanted;
  const { depth: options } = resolveSpec(
    { fields: {}, motions: [], outputs: [], artifacts: [] },
    { models: ["auto"], maxFrames: 100 },
  );
  const depth = { ...options, embedded, ...(map && { map }) };
  return suppliedMap(decoder, { model, depth }, { photoFile, photo, mapFile }, RULES, NEVER);
}

const codes = (found: { readonly notes: readonly { readonly code: string }[] } | undefined) =>
  found?.notes.map(({ code }) => code);

/** The sample at these fractions of width and height. */
function at({ values, width, height }: DecodedMap, x: number, y: number): number {
  return values[Math.floor(y * height) * width + Math.floor(x * width)] ?? Number.NaN;
}

test("an OpenEXR with layers: the channel of depth is found, a near disc and a near floor", async () => {
  const found = await mapOf(
    await file("L20_photo_o3.jpg"),
    await file("L9_blender_multilayer.exr"),
    {
      map: { polarity: "distance", orientation: "upright" },
    },
  );
  assert.ok(found);
  const { map } = found;
  assert.ok(at(map, 0.75, 0.3) > 1.5 * at(map, 0.5, 0.3), "the disc is near");
  assert.ok(at(map, 0.5, 0.95) > 1.5 * at(map, 0.5, 0.1), "the bottom is near");
});

test("a map as the sensor saw it is turned with the photo, or a note says that it was guessed", async () => {
  const [photo, sensor] = [await file("L20_photo_o3.jpg"), await file("L20_map_sensor_o3.png")];
  const guessed = await mapOf(photo, sensor, { map: WHITE_IS_NEAR });
  const turned = await mapOf(photo, sensor, { map: { ...WHITE_IS_NEAR, orientation: "as-photo" } });
  assert.ok(guessed && turned);
  assert.deepEqual(codes(guessed), ["DEPTH_MAP_ORIENTATION"]);
  assert.deepEqual(codes(turned), []);
  assert.deepEqual([...turned.map.values].reverse(), [...guessed.map.values]);
  assert.notEqual(turned.map.sha256, guessed.map.sha256, "no cache takes one for the other");
  // What is upright in the photo: near at the bottom.
  assert.ok(at(turned.map, 0.5, 0.95) > at(turned.map, 0.5, 0.05));
});

test("the EXIF of the map itself is read", async () => {
  const photo = await file("L20_photo_o3.jpg");
  const stated = await sharp(await file("L20_map_sensor_o3.png"))
    .withMetadata({ orientation: 3 })
    .png()
    .toBuffer();
  const found = await mapOf(photo, stated, { map: WHITE_IS_NEAR });
  assert.ok(found);
  assert.deepEqual(codes(found), []);
  assert.ok(at(found.map, 0.5, 0.95) > at(found.map, 0.5, 0.05));
});

test("the EXIF of the map is read where libvips does not: behind the pixels, the first of two", async () => {
  const photo = await file("L20_photo_o3.jpg");
  const map = await file("L20_map_sensor_o3.png");
  const exif = (orientation: number) => pngChunk("eXIf", exifOf(orientation));
  const [pixelsAt, endAt] = ["IDAT", "IEND"].map((type) => map.indexOf(type, 0, "latin1") - 4);
  const behind = Buffer.concat([map.subarray(0, endAt), exif(3), map.subarray(endAt)]);
  const two = Buffer.concat([map.subarray(0, pixelsAt), exif(3), exif(1), map.subarray(pixelsAt)]);
  for (const stated of [behind, two]) {
    const found = await mapOf(photo, stated, { map: WHITE_IS_NEAR });
    assert.deepEqual(codes(found), []);
    assert.ok(found && at(found.map, 0.5, 0.95) > at(found.map, 0.5, 0.05));
  }
});

test("a JPEG map is taken, with a note", async () => {
  const photo = await file("L20_photo_o3.jpg");
  const jpeg = await sharp(await file("L20_map_sensor_o3.png"))
    .jpeg()
    .toBuffer();
  const found = await mapOf(photo, jpeg, { map: { ...WHITE_IS_NEAR, orientation: "as-photo" } });
  assert.deepEqual(codes(found), ["DEPTH_MAP_LOSSY"]);
  assert.ok(found && at(found.map, 0.5, 0.95) > at(found.map, 0.5, 0.05) + 50);
});

/** The photo with a map in its XMP: 0 is near at `near`, the largest sample far at `far`. */
async function withGDepth(
  map: Buffer,
  scale = "RangeInverse",
  mime = "image/png",
): Promise<Buffer> {
  const facts = `GDepth:Format="${scale}" GDepth:Near="1" GDepth:Far="9" GDepth:Mime="${mime}"`;
  const packet = `http://ns.adobe.com/xap/1.0/\0<x ${facts} GDepth:Data="${map.toString("base64")}"/>`;
  const header = Buffer.from([0xff, 0xe1, 0, 0]);
  header.writeUInt16BE(packet.length + 2, 2);
  const photo = await file("L20_photo_o3.jpg");
  return Buffer.concat([
    photo.subarray(0, 2),
    header,
    Buffer.from(packet, "latin1"),
    photo.subarray(2),
  ]);
}

/** A small map, darker to the right. */
function ramp(): Promise<Buffer> {
  const raw = { width: 64, height: 48, channels: 1 } as const;
  const samples = Uint8Array.from({ length: 64 * 48 }, (_, i) => 255 - 4 * (i % 64));
  return sharp(samples, { raw }).png().toBuffer();
}

test("the camera's own map is used with a note, and turned with the photo", async () => {
  const found = await mapOf(await withGDepth(await ramp()), undefined);
  assert.deepEqual(codes(found), ["DEPTH_EMBEDDED"]);
  assert.equal(found?.notes[0]?.metadata.kind, "GDepth");
  // Dark is near in GDepth; the photo is turned by 180°, so near is left.
  assert.ok(found && at(found.map, 0.02, 0.5) > at(found.map, 0.98, 0.5));
});

test("distances of the camera become disparity", async () => {
  const found = await mapOf(await withGDepth(await ramp(), "RangeLinear"), undefined);
  assert.ok(found);
  const near = 1 + (8 * 3) / 255;
  assert.ok(Math.abs(at(found.map, 0, 0.5) - 1 / near) < 1e-3);
  assert.ok(Math.abs(at(found.map, 0.999, 0.5) - 1 / 9) < 1e-3);
});

test("the camera's map is left where it is broken, not wanted, or a model is named", async () => {
  const photo = await withGDepth(await ramp());
  assert.equal(await mapOf(photo, undefined, { embedded: false }), undefined);
  assert.equal(await mapOf(photo, undefined, { model: "depthmesh-tiny" }), undefined);
  assert.equal(await mapOf(await withGDepth(Buffer.from("no picture")), undefined), undefined);
  assert.equal(await mapOf(await file("L20_photo_o3.jpg"), undefined), undefined);
});
