/**
 * Every kind in the table of what is taken passes the gateway's check and is decoded to its colors;
 * others are refused at the upload.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PHOTO_FORMATS } from "../../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS, inspectPhoto } from "../../../core/photo/inspect.js";
import { TAKEN } from "../../../core/photo/taken.js";
import { type KindFile, SIZE } from "../../../testing/pictures/kind-file.js";
import { kindFiles } from "../../../testing/pictures/kinds.js";
import { assertColors, quartersOf } from "../../../testing/pictures/quarters.js";
import { photoRules } from "../config.js";
import { Decoder } from "./decoder.js";

const RULES = photoRules({ maxPixels: 1_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 60_000 });
after(() => decoder.close());

test("each kind that is taken passes the gateway and is decoded to its colors", async () => {
  const left = new Set(
    TAKEN.flatMap(({ format, codings, colors, bits }) =>
      codings.flatMap((coding) =>
        colors.flatMap((color) => bits.map((depth) => `${format} ${coding} ${color} ${depth}`)),
      ),
    ),
  );
  const faults: string[] = [];
  for (const file of kindFiles()) {
    const { format, coding, color, bits } = file;
    const name = `${format} ${coding} ${color} ${bits}`;
    await passThroughBoth(file).catch((error: Error) => faults.push(`${name}: ${error.message}`));
    left.delete(name);
  }
  assert.deepEqual(faults, []);
  assert.deepEqual([...left], [], "kinds without a file");
});

async function passThroughBoth({ format, make, colors, tolerance }: KindFile): Promise<void> {
  const bytes = await make();
  const facts = inspectPhoto(bytes, DEFAULT_PHOTO_LIMITS);
  assert.deepEqual([facts.format, facts.widthPixels], [format, SIZE.width]);
  const photo = await decoder.photo(bytes, { ...RULES, fit: { longSidePixels: 4096 } });
  assert.deepEqual([photo.width, photo.height], [SIZE.width, SIZE.height]);
  if (colors) assertColors(quartersOf(photo), colors, tolerance);
}
