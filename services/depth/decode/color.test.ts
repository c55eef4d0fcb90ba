/**
 * Photos that declare their colors in every way that files have are shown as meant, through the
 * real decoding process.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { DEFAULT_PHOTO_LIMITS } from "../../../core/photo/limits.js";
import { packagePath } from "../../../kit/process/package-path.js";
import {
  chrm,
  cicp,
  gama,
  iccp,
  srgbChunk,
  withChunks,
  withColorSpace,
  withNclx,
} from "../../../testing/declared-colors.js";
import { iccProfile } from "../../../testing/icc-profile.js";
import {
  assertNear,
  avif,
  type Color,
  eightBit,
  MARKS,
  marks,
  mean,
  P3_LINEAR_PROFILE,
  png8,
  png16,
  SIGNAL,
  stored,
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

const fixture = (name: string) => readFileSync(packagePath("testing", "cases", name));
const codes = ({ notes }: DecodedPhoto) => notes.map(({ code }) => code);

test("gamma of PNG files, linear and 0.551", async () => {
  for (const name of ["D10b_png_gama1_linear8.png", "D10c_png_gama0551.png"]) {
    const photo = await decode(fixture(name));
    assertNear([mean(photo)], [[157, 87, 52]], 2, name);
    assertNear(marks(photo), MARKS, 6, name);
    assert.deepEqual(photo.notes, []);
  }
});

test("Adobe RGB by EXIF's interoperability index", async () => {
  const photo = await decode(fixture("D3_adobergb_r03_only.jpg"));
  assertNear([mean(photo)], [[157, 87, 52]], 2);
  assertNear(marks(photo), MARKS);
});

test("the profile of 16-bit gray", async () => {
  const photo = await decode(fixture("D8g_gray16_icc.png"));
  const gray = (value: number): Color => [value, value, value];
  assertNear([mean(photo)], [gray(162)], 2);
  assertNear(marks(photo), [163, 185, 158, 230].map(gray), 3);
});

test("PQ by cICP and by nclx is tone-mapped, and the job is told so", async () => {
  for (const name of ["D12_png_cicp_pq.png", "H4_pq_2020.avif"]) {
    const photo = await decode(fixture(name));
    // The card's white is at reference white, so that it needs no roll-off.
    assertNear(marks(photo), MARKS, 6, name);
    assert.deepEqual(codes(photo), ["COLOR_TONE_MAPPED"], name);
    assert.equal(photo.notes[0]?.metadata.transfer, "pq");
  }
});

test("premultiplied alpha is blended with white once, also when the photo is shrunk", async () => {
  for (const size of [4096, 150]) {
    const photo = await decode(fixture("H6b_alpha_premultiplied.avif"), size);
    const [topLeft = [], topRight = []] = marks(photo);
    assertNear([topLeft], [[253, 244, 244]], 3, `${size}:`);
    const left = photo.rgb.subarray(0, 3);
    assert.ok(Math.min(...left) >= 252, `white at the left edge: ${left}`);
    assert.ok((topRight[1] ?? 0) > (topRight[0] ?? 0) + 80, `green stays green: ${topRight}`);
  }
});

const P3_XY = [0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06];
const ADOBE_XY = [0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06];
const HDR_PROFILE = iccProfile({
  space: "RGB ",
  tags: {
    A2B0: Buffer.concat([Buffer.from("mft2"), new Uint8Array(400).map((_, i) => i)]),
    cicp: Buffer.from("cicp\0\0\0\0\x09\x10\0\x01", "latin1"),
  },
});
/** Three values too large by the matrix of the standard, which is applied to YCbCr before. */
const AVIF_BY = 10;

const KINDS: readonly (readonly [string, () => Promise<Buffer>, by?: number])[] = [
  ["linear 16-bit PNG", async () => withChunks(await png16("sRGB", "linear"), gama(1))],
  ["cHRM of Display P3", async () => withChunks(await png8("p3", "srgb"), chrm(...P3_XY))],
  [
    "gAMA and cHRM of Adobe RGB",
    async () => withChunks(await png8("adobe", "gamma22"), gama(1 / 2.19921875), chrm(...ADOBE_XY)),
  ],
  ["sRGB wins over gAMA", async () => withChunks(await png8("sRGB", "srgb"), srgbChunk, gama(1))],
  [
    "cICP wins over iCCP",
    async () => withChunks(await png8("bt2020", "srgb"), iccp(P3_LINEAR_PROFILE), cicp(9, 13)),
  ],
  [
    "iCCP wins over gAMA",
    async () => withChunks(await png8("p3", "linear"), gama(0.6), iccp(P3_LINEAR_PROFILE)),
  ],
  [
    "16-bit PNG with a profile",
    async () => withChunks(await png16("p3", "linear"), iccp(P3_LINEAR_PROFILE)),
    2,
  ],
  ["BT.2020 in SDR by cICP", async () => withChunks(await png16("bt2020", "bt709"), cicp(9, 14))],
  ["Display P3 nclx", async () => withNclx(await avif("p3", "srgb", 8), [12, 13, 6])],
  ["10-bit Display P3 nclx", async () => withNclx(await avif("p3", "srgb", 10), [12, 13, 6])],
  ["BT.2020 nclx in SDR", async () => withNclx(await avif("bt2020", "bt709", 10), [9, 14, 6])],
  ["12-bit PQ nclx", async () => withNclx(await avif("bt2020", "pq", 12), [9, 16, 6]), AVIF_BY],
  ["HLG nclx", async () => withNclx(await avif("bt2020", "hlg", 10), [9, 18, 6]), AVIF_BY],
  ["8-bit HLG nclx", async () => withNclx(await avif("bt2020", "hlg", 8), [9, 18, 6]), AVIF_BY],
  ["HLG cICP", async () => withChunks(await png16("bt2020", "hlg"), cicp(9, 18))],
  [
    "PQ by the tag of a profile",
    async () => withChunks(await png16("bt2020", "pq"), iccp(HDR_PROFILE)),
  ],
  [
    "Adobe RGB by R03",
    async () =>
      withColorSpace(
        await eightBit(stored("adobe", "gamma22"))
          .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
          .toBuffer(),
        0xffff,
        "R03",
      ),
  ],
  [
    "WebP with a profile",
    async () =>
      sharp(await png8("sRGB", "srgb"))
        .withIccProfile("p3")
        .webp({ lossless: true })
        .toBuffer(),
  ],
];
for (const [name, make, by] of KINDS) {
  test(`${name}: the marks have their colors`, async () => {
    const photo = await decode(await make());
    assertNear(marks(photo), MARKS, by);
    const isHdr = /PQ|HLG/.test(name);
    assert.deepEqual(codes(photo), isHdr ? ["COLOR_TONE_MAPPED"] : []);
  });
}

test("gray, palette and transparent PNG files follow their gamma too", async () => {
  const light = ({ rgb }: DecodedPhoto) => [...rgb.subarray(0, 3)];
  const mid = (channels: 3 | 4, alpha = 1) =>
    sharp({
      create: { width: 32, height: 32, channels, background: { r: 128, g: 128, b: 128, alpha } },
    });
  // Half of the light of white is 188 in sRGB.
  const linear = async (image: Sharp) => decode(withChunks(await image.toBuffer(), gama(1)));
  assertNear([light(await linear(mid(3).toColourspace("b-w").png()))], [[188, 188, 188]], 1);
  assertNear([light(await linear(mid(3).png({ palette: true })))], [[188, 188, 188]], 1);
  const half = [222, 222, 222] as const;
  assertNear([light(await linear(mid(4, 0.5).png()))], [half], 2, "transparent");
  const clear = await linear(mid(4, 0).png());
  assertNear([light(clear)], [[255, 255, 255]], 0, "clear");
});

test("video range is undone once: by the decoder for AVIF, here for PNG", async () => {
  const narrowed = await sharp(await png8("sRGB", "srgb"))
    .linear(219 / 255, 16)
    .png()
    .toBuffer();
  assertNear(marks(await decode(withChunks(narrowed, cicp(1, 13, 0)))), MARKS, 2);
  const gray = sharp({ create: { width: 64, height: 64, channels: 3, background: "#7e7e7e" } });
  const bytes = withNclx(await gray.avif({ quality: 95, effort: 0 }).toBuffer(), [1, 13, 6], false);
  const { rgb } = await decode(bytes);
  assertNear([[...rgb.subarray(0, 3)]], [[128, 128, 128]], 1);
});

test("highlights far above white stay distinct, and the rest natural", async () => {
  const levels = [20, 100, 203, 400, 700, 1000];
  const pixels = new Uint16Array(3 * 96 * 32);
  for (let i = 0; i < 96 * 32; i++) {
    const light = (levels[Math.floor((i % 96) / 16)] ?? 0) / 203;
    pixels.fill(Math.round(65_535 * SIGNAL.pq(light)), 3 * i, 3 * i + 3);
  }
  const image = sharp(pixels, { raw: { width: 96, height: 32, channels: 3 } });
  const png = await image.toColourspace("rgb16").png().toBuffer();
  const photo = await decode(withChunks(png, cicp(9, 16)));
  const shown = levels.map((_, i) => photo.rgb[3 * (16 * i + 8)] ?? 0);
  for (let i = 1; i < shown.length; i++) {
    const least = i < 4 ? 10 : 0;
    assert.ok((shown[i] ?? 0) >= (shown[i - 1] ?? 0) + least, `levels in order: ${shown}`);
  }
  assert.ok((shown[2] ?? 0) >= 215 && (shown[2] ?? 0) <= 240, `white paper: ${shown[2]}`);
  assert.ok((shown[5] ?? 0) >= 254, `the peak: ${shown[5]}`);
  assert.equal(photo.notes[0]?.metadata.peak_nits, "1000");
});
