/**
 * Files of phones, scanners and other programs that differ from what the standards say: taken where
 * every pixel is there, refused at the upload or by the decoder where not.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { PHOTO_FORMATS } from "../../../core/photo/format.js";
import { inspectPhoto } from "../../../core/photo/inspect.js";
import { packagePath } from "../../../kit/process/package-path.js";
import { assertColors, type Color, QUARTERS } from "../../../testing/pictures/quarters.js";
import { refusal } from "../../../testing/refusal.js";
import { photoRules } from "../config.js";
import { Decoder } from "./decoder.js";
import type { DecodedPhoto } from "./protocol.js";

const RULES = photoRules({ maxPixels: 1_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 20_000, stallMs: 60_000 });
after(() => decoder.close());
const decode = (bytes: Uint8Array) =>
  decoder.photo(bytes, { ...RULES, fit: { longSidePixels: 4096 } });
const file = (name: string) => readFileSync(packagePath("testing", "cases", name));

/** Of the card, the marks in its corners, 7.5 % of the shorter side from each. */
function marks({ rgb, width, height }: DecodedPhoto): Color[] {
  const inset = 0.075 * Math.min(width, height);
  const at = (x: number, y: number): Color => {
    const i = 3 * (Math.floor(y) * width + Math.floor(x));
    return [rgb[i] ?? 0, rgb[i + 1] ?? 0, rgb[i + 2] ?? 0];
  };
  const [right, bottom] = [width - inset, height - inset];
  return [at(inset, inset), at(right, inset), at(inset, bottom), at(right, bottom)];
}

const WHOLE = [
  "A1_samsung_sos_se0.jpg",
  "A3_stray_before_dqt.jpg",
  "A4b_no_eoi_samsung_trailer.jpg",
  "A7_stray_before_rst.jpg",
  "E1_no_trailer.gif",
  "E2_nul_before_trailer.gif",
  "G4_unsorted_tags.tif",
  "H13_sequence.avif",
  "T1_nul_inside_ascii.tif",
  "T6_no_bytecounts.tif",
];
for (const name of WHOLE) {
  test(`${name} passes the upload's check and is decoded`, async () => {
    inspectPhoto(file(name));
    assertColors(marks(await decode(file(name))), QUARTERS, 6);
  });
}

const REFUSED_AT_UPLOAD = [
  ["A4a_no_eoi.jpg", "IMAGE_TRUNCATED"],
  ["T10_gray12.tif", "IMAGE_UNSUPPORTED_FORMAT"],
  ["T13_lab8.tif", "IMAGE_UNSUPPORTED_FORMAT"],
] as const;
for (const [name, reason] of REFUSED_AT_UPLOAD) {
  test(`${name} is refused at the upload: ${reason}`, async () => {
    assert.throws(() => inspectPhoto(file(name)), { reason });
    assert.equal((await refusal(decode(file(name)))).reason, reason);
  });
}

const DAMAGED = [
  ["A12_premature_end.jpg", "IMAGE_TRUNCATED", /unit 945 of 950/, /premature end/],
  ["P16_bad_adler.png", "IMAGE_CORRUPT", /deflated data is broken/, /incorrect data check/],
  ["P18_idat_crc.png", "IMAGE_CORRUPT", /checksum/, /CRC error/],
] as const;
for (const [name, reason, message, words] of DAMAGED) {
  test(`${name} stays refused, with the library's words beside ours: ${reason}`, async () => {
    const error = await refusal(decode(file(name)));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.match(error.metadata.decoder_words ?? "", words);
    assert.ok(error.cause instanceof Error && words.test(error.cause.message), "for the log");
  });
}
