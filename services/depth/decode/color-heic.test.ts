/**
 * The colors of HEIC photos: those of iPhones by profile, those of other cameras by code points.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { heic } from "../../../testing/heic.js";
import {
  assertNear,
  MARKS,
  marks,
  P3_LINEAR_PROFILE,
  stored,
} from "../../../testing/marked-photos.js";
import { Decoder } from "./decoder.js";

const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 30_000, stallMs: 60_000 });
after(() => decoder.close());

const KINDS = [
  ["no declaration", "sRGB", "srgb", 8, undefined, []],
  ["Display P3 by a profile, 8 bits", "p3", "linear", 8, { profile: P3_LINEAR_PROFILE }, []],
  ["Display P3 by a profile, 10 bits", "p3", "linear", 10, { profile: P3_LINEAR_PROFILE }, []],
  ["Display P3 by nclx", "p3", "srgb", 8, { nclx: [12, 13] }, []],
  ["PQ", "bt2020", "pq", 10, { nclx: [9, 16] }, ["COLOR_TONE_MAPPED"]],
  ["HLG", "bt2020", "hlg", 10, { nclx: [9, 18] }, ["COLOR_TONE_MAPPED"]],
  [
    "a broken profile",
    "sRGB",
    "srgb",
    8,
    { profile: Buffer.alloc(200) },
    ["COLOR_DECLARATION_IGNORED"],
  ],
] as const;
for (const [name, space, signal, bits, color, codes] of KINDS) {
  test(`HEIC, ${name}`, async () => {
    const photo = await decoder.photo(await heic(stored(space, signal), bits, color), {
      limits: DEFAULT_PHOTO_LIMITS,
      formats: ["heic"],
      fit: { longSidePixels: 4096 },
    });
    assertNear(marks(photo), MARKS, 8, name);
    assert.deepEqual(
      photo.notes.map(({ code }) => code),
      codes,
    );
  });
}
