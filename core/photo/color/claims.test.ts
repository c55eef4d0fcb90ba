/** What files claim about their colors is found, and the right claim counts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../../../kit/process/package-path.js";
import {
  chrm,
  cicp,
  gama,
  iccp,
  type PngChunk,
  srgbChunk,
  withChunks,
  withColorSpace,
  withNclx,
} from "../../../testing/declared-colors.js";
import { iccProfile, matrixProfile } from "../../../testing/icc-profile.js";
import { seededRandom } from "../../../testing/random.js";
import type { PhotoFormat } from "../format.js";
import { resolveColor } from "./claims.js";
import { isSrgb } from "./color-space.js";
import type { Components } from "./icc.js";
import { colorClaims } from "./read-claims.js";

const fixture = (name: string) => readFileSync(packagePath("testing", "cases", name));
const PNG = fixture("D10b_png_gama1_linear8.png");
const PLAIN_PNG = Buffer.concat([PNG.subarray(0, 33), PNG.subarray(33 + 16)]);
const AVIF = fixture("H4_pq_2020.avif");
const PROFILE = matrixProfile(
  { r: [0.5151, 0.2412, -0.0011], g: [0.292, 0.6922, 0.0419], b: [0.1571, 0.0666, 0.7841] },
  { curv: [2.2] },
);
const HDR_PROFILE = iccProfile({
  space: "RGB ",
  tags: {
    A2B0: Buffer.alloc(40, "mft2"),
    cicp: Buffer.from("cicp\0\0\0\0\x09\x10\0\x01", "latin1"),
  },
});

interface Found {
  readonly profile?: Uint8Array;
  readonly exif?: Uint8Array;
  readonly components?: Components;
}

function colorOf(
  bytes: Uint8Array,
  format: PhotoFormat,
  { profile, exif, components = "rgb" }: Found = {},
) {
  const claims = colorClaims(bytes, format, { hasProfile: profile !== undefined, exif });
  return resolveColor(claims, profile, components);
}

const png = (...chunks: readonly PngChunk[]) => withChunks(PLAIN_PNG, ...chunks);
const kind = ({ space }: ReturnType<typeof colorOf>) => space?.transfer.kind;

test("a file without a claim, or with one of sRGB, is sRGB", () => {
  const claims: PngChunk[][] = [
    [],
    [srgbChunk],
    [gama(0.45455)],
    [gama(0.45455), chrm(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)],
    [cicp(1, 13)],
    [srgbChunk, gama(1)],
  ];
  for (const chunks of claims) {
    const { space, ignored } = colorOf(png(...chunks), "png");
    assert.ok(space && isSrgb(space), JSON.stringify(chunks));
    assert.deepEqual(ignored, []);
  }
});

test("PNG: cICP counts before iCCP, iCCP before sRGB, sRGB before gAMA and cHRM", () => {
  const all = [gama(1), srgbChunk, iccp(PROFILE), cicp(9, 16)] as const;
  assert.equal(kind(colorOf(png(...all), "png", { profile: PROFILE })), "pq");
  const profiled = colorOf(png(...all.slice(0, 3)), "png", { profile: PROFILE });
  assert.deepEqual([kind(profiled), profiled.byProfile], ["curves", true]);
  assert.equal(kind(colorOf(png(...all.slice(0, 2)), "png")), "srgb");
  assert.equal(kind(colorOf(png(...all.slice(0, 1)), "png")), "gamma");
});

test("PNG: what cannot be used is named, and the next claim counts", () => {
  const broken = png(cicp(3, 200), iccp(PROFILE.subarray(9)), gama(1));
  const color = colorOf(broken, "png", { profile: PROFILE.subarray(9) });
  assert.deepEqual([kind(color), color.ignored], ["gamma", ["cICP", "ICC"]]);
  const impossible = [chrm(0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3), gama(0), chrm(), gama(5000)];
  for (const chunk of impossible) {
    const { space, ignored } = colorOf(png(chunk), "png");
    assert.deepEqual([space && isSrgb(space), ignored], [true, ["gAMA"]]);
  }
  const gray = iccProfile({ space: "GRAY", tags: { kTRC: { curv: [1] } } });
  assert.deepEqual(colorOf(png(iccp(gray)), "png", { profile: gray }).ignored, ["ICC"]);
});

test("PNG: chromaticities, a narrow range, and PQ by the name of a profile", () => {
  const p3 = colorOf(png(chrm(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)), "png");
  assert.deepEqual([p3.space?.primaries.red, kind(p3)], [[0.68, 0.32], "srgb"]);
  assert.equal(colorOf(png(cicp(1, 13, 0)), "png").space?.range, "narrow");
  const named = png(iccp(PROFILE, "ITUR_2100_PQ_FULL"));
  assert.equal(kind(colorOf(named, "png", { profile: PROFILE })), "pq");
});

test("an HDR profile counts by its code points, and not by its tables", () => {
  const color = colorOf(png(iccp(HDR_PROFILE)), "png", { profile: HDR_PROFILE });
  assert.deepEqual([kind(color), color.byProfile], ["pq", false]);
});

test("gray pixels take the curves of a screen's profile; CMYK takes nothing but its own", () => {
  const jpeg = Buffer.of(0xff, 0xd8, 0xff, 0xd9);
  const gray = colorOf(jpeg, "jpeg", { profile: PROFILE, components: "gray" });
  assert.deepEqual([kind(gray), gray.byProfile, gray.ignored], ["curves", false, []]);
  const exif = withColorSpace(jpeg, 0xffff, "R03").subarray(6, -2);
  const cmyk = colorOf(jpeg, "jpeg", { profile: PROFILE, exif, components: "cmyk" });
  assert.deepEqual([kind(cmyk), cmyk.ignored], ["srgb", ["ICC"]]);
});

test("AVIF: code points of the primary image; the transfer of video is that of sRGB", () => {
  assert.equal(kind(colorOf(AVIF, "avif")), "pq");
  assert.equal(kind(colorOf(withNclx(AVIF, [9, 18, 9]), "avif")), "hlg");
  const p3 = colorOf(withNclx(AVIF, [12, 13, 6]), "avif");
  assert.deepEqual([kind(p3), p3.space?.primaries.red], ["srgb", [0.68, 0.32]]);
  for (const transfer of [1, 2, 6, 13]) {
    const { space } = colorOf(withNclx(AVIF, [1, transfer, 6]), "avif");
    assert.ok(space && isSrgb(space), `transfer ${transfer}`);
  }
  assert.equal(kind(colorOf(withNclx(AVIF, [9, 14, 9]), "avif")), "bt709");
  assert.deepEqual(colorOf(withNclx(AVIF, [9, 99, 9]), "avif").ignored, ["nclx"]);
});

test("AVIF: alpha is multiplied only where the file says so", () => {
  const stored = fixture("H6b_alpha_premultiplied.avif");
  assert.equal(colorOf(stored, "avif").premultiplied, true);
  const straight = Buffer.from(stored);
  straight.write("skip", straight.indexOf("prem"), "latin1");
  assert.equal(colorOf(straight, "avif").premultiplied, false);
});

test("JPEG: EXIF names Adobe RGB by R03; other values and a profile leave it alone", () => {
  const jpeg = Buffer.of(0xff, 0xd8, 0xff, 0xd9);
  const exif = (colorSpace: number, index?: string) =>
    withColorSpace(jpeg, colorSpace, index).subarray(6, -2);
  const kindOf = (payload: Uint8Array, profile?: Uint8Array) =>
    kind(colorOf(jpeg, "jpeg", { exif: payload, ...(profile && { profile }) }));
  assert.equal(kindOf(exif(0xffff, "R03")), "gamma");
  assert.equal(kindOf(exif(2)), "gamma");
  assert.equal(kindOf(exif(0xffff, "R98")), "srgb");
  assert.equal(kindOf(exif(0xffff)), "srgb");
  assert.equal(kindOf(exif(1, "R03")), "srgb");
  assert.equal(kindOf(exif(0xffff, "R03"), PROFILE), "curves");
  assert.equal(kind(colorOf(PLAIN_PNG, "png", { exif: exif(0xffff, "R03") })), "srgb");
  const whole = exif(0xffff, "R03");
  for (let length = 0; length < whole.length; length++) kindOf(whole.subarray(0, length));
});

test("damaged declarations never throw anything but the errors of the structure check", () => {
  const random = seededRandom(3);
  const files = [
    ["png", png(cicp(9, 16), iccp(PROFILE), gama(1), chrm(0.3, 0.3))],
    ["avif", AVIF.subarray(0, 400)],
  ] as const;
  for (const [format, whole] of files) {
    for (let run = 0; run < 2000; run++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 3; i++) {
        bytes[8 + Math.floor(random() * Math.min(392, bytes.length - 8))] = Math.floor(
          random() * 256,
        );
      }
      const profile = Buffer.from(PROFILE);
      profile[Math.floor(random() * profile.length)] = Math.floor(random() * 256);
      try {
        colorOf(bytes, format, { profile });
      } catch (error) {
        assert.match(String((error as { reason?: string }).reason), /^IMAGE_/);
      }
    }
  }
});
