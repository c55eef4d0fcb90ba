/** ICC profiles of all kinds, whole and broken, through the real decoding process. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp from "sharp";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { cicp, gama, iccp, withChunks, withJpegProfile } from "../../../testing/declared-colors.js";
import { iccProfile, tableProfile } from "../../../testing/icc-profile.js";
import {
  assertNear,
  MARKS,
  marks,
  P3_COLORANTS,
  P3_LINEAR_PROFILE,
  png8,
  png16,
} from "../../../testing/marked-photos.js";
import { Decoder } from "./decoder.js";
import type { DecodedPhoto } from "./protocol.js";

const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: 30_000, stallMs: 60_000 });
after(() => decoder.close());
const decode = (bytes: Uint8Array, longSidePixels = 4096) =>
  decoder.photo(bytes, {
    limits: DEFAULT_PHOTO_LIMITS,
    formats: ["jpeg", "png", "webp", "gif", "avif", "tiff"],
    fit: { longSidePixels },
  });

const codes = ({ notes }: DecodedPhoto) => notes.map(({ code }) => code);

test("gray with a profile: 8 and 16 bits, with and without alpha, and a screen's profile", async () => {
  const gray = iccProfile({
    space: "GRAY",
    tags: {
      kTRC: { curv: [1] },
      wtpt: Buffer.from("58595a20000000000000f6d6000100000000d32d", "hex"),
    },
  });
  const mid = sharp({ create: { width: 32, height: 32, channels: 3, background: "#808080" } });
  for (const space of ["b-w", "grey16"]) {
    for (const image of [mid.clone(), mid.clone().ensureAlpha(1)]) {
      const bytes = withChunks(await image.toColourspace(space).png().toBuffer(), iccp(gray));
      const photo = await decode(bytes);
      assertNear([[...photo.rgb.subarray(0, 3)]], [[188, 188, 188]], 2, space);
    }
  }
  const jpeg = await mid.clone().toColourspace("b-w").jpeg().toBuffer();
  const photo = await decode(withJpegProfile(jpeg, P3_LINEAR_PROFILE));
  assertNear([[...photo.rgb.subarray(0, 3)]], [[188, 188, 188]], 2, "gray JPEG");
  assert.deepEqual(photo.notes, []);
});

test("a profile of tables: 8 and 16 bits by the color engine, 16-bit gray ignored", async () => {
  for (const png of [png8, png16]) {
    const bytes = withChunks(await png("p3", "linear"), iccp(tableProfile(P3_COLORANTS)));
    const photo = await decode(bytes);
    // The perceptual intent of a table has a black of its own, so that dark values differ a little.
    assertNear(marks(photo), MARKS, 8);
    assert.deepEqual(photo.notes, []);
  }
  const gray = iccProfile({ space: "GRAY", tags: { A2B0: Buffer.alloc(60, "mft2") } });
  const mid = sharp({ create: { width: 32, height: 32, channels: 3, background: "#808080" } });
  const plain = await mid.toColourspace("grey16").png().toBuffer();
  const photo = await decode(withChunks(plain, iccp(gray)));
  assertNear([[...photo.rgb.subarray(0, 3)]], [[128, 128, 128]], 1);
  assert.deepEqual(codes(photo), ["COLOR_DECLARATION_IGNORED"]);
});

test("a profile that cannot be used is ignored with a note, and the photo is shown", async () => {
  const plain = await png8("sRGB", "srgb");
  const jpeg = await sharp(plain).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
  const broken = Buffer.from(P3_LINEAR_PROFILE).fill(0, 36, 40);
  const cut = P3_LINEAR_PROFILE.subarray(0, 200);
  const gray = iccProfile({ space: "GRAY", tags: { kTRC: { curv: [1] } } });
  for (const bytes of [
    withChunks(plain, iccp(broken)),
    withChunks(plain, iccp(Buffer.from("no profile"))),
    withChunks(plain, iccp(gray)),
    withJpegProfile(jpeg, broken),
    withJpegProfile(jpeg, cut),
    withJpegProfile(jpeg, gray),
  ]) {
    const photo = await decode(bytes);
    assertNear(marks(photo), MARKS);
    assert.deepEqual(codes(photo), ["COLOR_DECLARATION_IGNORED"]);
    assert.deepEqual(photo.notes[0]?.metadata, { declaration: "ICC" });
  }
  const reserved = await decode(withChunks(plain, cicp(3, 200)));
  assertNear(marks(reserved), MARKS);
  assert.deepEqual(reserved.notes[0]?.metadata, { declaration: "cICP" });
});

test("a broken profile in front of a gamma: the gamma counts", async () => {
  const linear = await png8("sRGB", "linear");
  const photo = await decode(withChunks(linear, iccp(Buffer.from("no profile")), gama(1)));
  assertNear(marks(photo), MARKS);
  assert.deepEqual(codes(photo), ["COLOR_DECLARATION_IGNORED"]);
});

test("CMYK with a profile and Lab are left to the color engine", async () => {
  const plain = await png8("sRGB", "srgb");
  const cmyk = await decode(
    await sharp(plain).withIccProfile("cmyk").jpeg({ quality: 95 }).toBuffer(),
  );
  assert.deepEqual(cmyk.notes, []);
  const [red = [], green = [], blue = []] = marks(cmyk);
  const largest = (color: number[]) => color.indexOf(Math.max(...color));
  assert.deepEqual([red, green, blue].map(largest), [0, 1, 2]);
  const lab = await sharp(plain).toColourspace("labs").tiff({ compression: "none" }).toBuffer();
  assertNear(marks(await decode(lab)), MARKS, 3);
});

test("the profile counts where the first frame of an animation is smaller than its canvas", async () => {
  const frame = await sharp(await png8("p3", "linear"))
    .webp({ lossless: true })
    .toBuffer();
  const photo = await decode(smallFirstFrame(frame, P3_LINEAR_PROFILE));
  assert.deepEqual([photo.width, photo.height], [96, 96]);
  const at = (x: number, y: number) => [...photo.rgb.subarray(3 * (96 * y + x)).subarray(0, 3)];
  assertNear([at(90, 90)], [[255, 255, 255]], 0, "canvas");
  assertNear([at(5, 5), at(58, 5), at(5, 58), at(58, 58)], MARKS);
});

/** An animated WebP of 96×96 with one lossless frame of 64×64 in its upper left (RFC 9649). */
function smallFirstFrame(lossless: Buffer, profile: Buffer): Buffer {
  const chunk = (type: string, ...parts: readonly Uint8Array[]) => {
    const data = Buffer.concat(parts);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(type), size, data, Buffer.alloc(data.length % 2)]);
  };
  const at = lossless.indexOf("VP8L");
  const bitstream = lossless.subarray(at, at + 8 + lossless.readUInt32LE(at + 4));
  const [flags, canvas, side] = [0x22, 95, 63];
  const header = Buffer.of(flags, 0, 0, 0, canvas, 0, 0, canvas, 0, 0);
  const frame = Buffer.of(0, 0, 0, 0, 0, 0, side, 0, 0, side, 0, 0, 100, 0, 0, 0);
  const padding = Buffer.alloc(bitstream.length % 2);
  return chunk(
    "RIFF",
    Buffer.from("WEBP"),
    chunk("VP8X", header),
    chunk("ICCP", profile),
    chunk("ANIM", Buffer.alloc(6)),
    chunk("ANMF", frame, bitstream, padding),
  );
}
