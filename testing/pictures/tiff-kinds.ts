/** A small TIFF of every kind that is taken. */
import { readFile } from "node:fs/promises";
import { packagePath } from "../../kit/process/package-path.js";
import {
  coarse,
  GRAYS,
  gray,
  type KindFile,
  picture,
  pictureIn,
  quarterAt,
  SIZE,
} from "./kind-file.js";
import { type Color, luma, QUARTERS } from "./quarters.js";
import { COMPRESSIONS, encodeStrip, type TiffCoding, tiffFile, tiffOfFields } from "./tiff.js";

const CODINGS = ["uncompressed", "LZW", "Deflate", "PackBits"] as const;
const SHORT = 3;
const LONG = 4;
const BLACK_AND_WHITE: readonly Color[] = [gray(255), gray(0), gray(255), gray(0)];

export function tiffKinds(): KindFile[] {
  return [
    ...CODINGS.flatMap((coding) => losslessKinds(coding)),
    ...faxKinds(),
    ...jpegKinds(),
    {
      ...{ format: "tiff", coding: "WebP", bits: 8, color: "RGB", colors: QUARTERS, tolerance: 12 },
      make: () => picture().tiff({ compression: "webp", quality: 95 }).toBuffer(),
    },
  ];
}

function losslessKinds(coding: TiffCoding): KindFile[] {
  const kind = { format: "tiff", coding, tolerance: 1 } as const;
  const file = { ...SIZE, coding };
  const grays = ([1, 2, 4, 8, 16] as const).map(
    (bits): KindFile => ({
      ...{ ...kind, bits, color: "gray" },
      colors: QUARTERS.map((color) => gray(leveled(luma(color), bits))),
      make: async () =>
        tiffFile({
          ...{ ...file, photometric: 1, bits, channels: 1 },
          sample: (x, y) => coarse(luma(quarterAt(x, y)), bits) * (bits === 16 ? 257 : 1),
        }),
    }),
  );
  const palettes = ([1, 2, 4, 8] as const).map(
    (bits): KindFile => ({
      ...{ ...kind, bits, color: "palette" },
      colors: QUARTERS.map((color, i) => (bits === 1 ? (QUARTERS[i % 2] ?? color) : color)),
      make: async () =>
        tiffFile({
          ...{ ...file, photometric: 3, bits, channels: 1, palette: paletteOf(bits) },
          sample: (x, y) => QUARTERS.indexOf(quarterAt(x, y)) % 2 ** bits,
        }),
    }),
  );
  const colors = ([8, 16] as const).flatMap((bits): KindFile[] => {
    const scale = bits === 16 ? 257 : 1;
    const cmyk = (color: Color, channel: number) =>
      channel === 3 ? 0 : 255 - (color[channel] ?? 0);
    return [
      {
        ...{ ...kind, bits, color: "RGB", colors: QUARTERS },
        make: async () =>
          tiffFile({
            ...{ ...file, photometric: 2, bits, channels: 3 },
            sample: (x, y, channel) => (quarterAt(x, y)[channel] ?? 0) * scale,
          }),
      },
      {
        ...{ ...kind, bits, color: "CMYK" },
        make: async () =>
          tiffFile({
            ...{ ...file, photometric: 5, bits, channels: 4 },
            sample: (x, y, channel) => cmyk(quarterAt(x, y), channel) * scale,
          }),
      },
    ];
  });
  return [...grays, ...palettes, ...colors, ...floatKinds(coding), sharedColors(coding)];
}

const SHARP_CODINGS = {
  uncompressed: "none",
  LZW: "lzw",
  Deflate: "deflate",
  PackBits: "packbits",
} as const;

function floatKinds(coding: TiffCoding): KindFile[] {
  const kind = { format: "tiff", coding, colors: QUARTERS, tolerance: 2 } as const;
  const lab = (space: string) => () =>
    picture()
      .toColourspace(space)
      .tiff({ compression: SHARP_CODINGS[coding], predictor: "none" })
      .toBuffer();
  return [
    {
      ...{ ...kind, bits: 32, color: "float RGB" },
      make: async () =>
        tiffFile({
          ...{ ...SIZE, coding, photometric: 2, bits: 32, channels: 3, sampleFormat: 3 },
          sample: (x, y, channel) => linear(quarterAt(x, y)[channel] ?? 0),
        }),
    },
    { ...kind, bits: 32, color: "float Lab", make: lab("lab") },
    { ...kind, bits: 16, color: "signed Lab", make: lab("labs") },
  ];
}

/** Linear light of an sRGB value of 8 bits (IEC 61966-2-1). */
function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** YCbCr, where 2×2 pixels share their color samples: four Y, then Cb and Cr. */
function sharedColors(coding: TiffCoding): KindFile {
  const units: number[] = [];
  for (let y = 0; y < SIZE.height; y += 2) {
    for (let x = 0; x < SIZE.width; x += 2) {
      const color = quarterAt(x, y);
      const light = luma(color);
      const blue = Math.round(128 + 0.564 * (color[2] - light));
      const red = Math.round(128 + 0.713 * (color[0] - light));
      units.push(light, light, light, light, blue, red);
    }
  }
  const strip = encodeStrip(coding, [Buffer.from(units)]);
  return {
    ...{ format: "tiff", coding, bits: 8, color: "YCbCr with fewer color samples" },
    ...{ colors: QUARTERS, tolerance: 4 },
    make: async () =>
      stripFile(strip, {
        compression: COMPRESSIONS[coding],
        photometric: 6,
        channels: 3,
        share: 2,
      }),
  };
}

type Space = Parameters<typeof pictureIn>[0];

function jpegKinds(): KindFile[] {
  const kind = { format: "tiff", coding: "JPEG", bits: 8, tolerance: 8 } as const;
  const strip =
    (space: Space, photometric: number, channels: number, share = 1) =>
    async () => {
      const chromaSubsampling = share === 2 ? "4:2:0" : "4:4:4";
      const jpeg = pictureIn(space).jpeg({ quality: 95, chromaSubsampling });
      return stripFile(await jpeg.toBuffer(), { compression: 7, photometric, channels, share });
    };
  return [
    { ...kind, color: "gray", colors: GRAYS, make: strip("b-w", 1, 1) },
    { ...kind, color: "YCbCr", colors: QUARTERS, make: strip("srgb", 6, 3) },
    {
      ...{ ...kind, color: "YCbCr with fewer color samples", colors: QUARTERS },
      make: strip("srgb", 6, 3, 2),
    },
    {
      ...{ ...kind, color: "RGB", colors: QUARTERS },
      // From cjpeg: no encoder here writes RGB into a JPEG.
      make: async () =>
        stripFile(await readFile(packagePath("testing", "cases", "rgb.jpg")), {
          ...{ compression: 7, photometric: 2, channels: 3, share: 1 },
        }),
    },
    { ...kind, color: "CMYK", make: strip("cmyk", 5, 4) },
  ];
}

/** Rows whose left half is white and whose right half is black, in the codes of T.4 and T.6. */
function faxKinds(): KindFile[] {
  const [white24, black24] = ["0101000", "00000010111"];
  const row = white24 + black24;
  const endOfLine = "000000000001";
  const rows = (bits: string) => new Array(SIZE.height).fill(bits);
  const padded = rows(row.padEnd(Math.ceil(row.length / 8) * 8, "0")).join("");
  // In two dimensions: one row in horizontal mode, the others as the row above.
  const same = `001${row}${rows("11").slice(1).join("")}`;
  const codings = [
    ["CCITT RLE", 2, padded],
    ["CCITT Group 3", 3, rows(endOfLine + row).join("")],
    ["CCITT Group 4", 4, same + endOfLine + endOfLine],
  ] as const;
  return codings.map(([coding, compression, bits]) => ({
    ...{ format: "tiff", coding, bits: 1, color: "gray", colors: BLACK_AND_WHITE, tolerance: 0 },
    make: async () =>
      stripFile(bitBytes(bits), { compression, photometric: 0, channels: 1, share: 1, bits: 1 }),
  }));
}

function bitBytes(bits: string): Buffer {
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

interface StripFields {
  readonly compression: number;
  readonly photometric: number;
  readonly channels: number;
  /** Pixels across and down that share color samples. */
  readonly share: number;
  readonly bits?: number;
}

function stripFile(strip: Uint8Array, fields: StripFields): Buffer {
  const { compression, photometric, channels, share, bits = 8 } = fields;
  return tiffOfFields(
    [
      { tag: 256, type: LONG, values: [SIZE.width] },
      { tag: 257, type: LONG, values: [SIZE.height] },
      { tag: 258, type: SHORT, values: new Array(channels).fill(bits) },
      { tag: 259, type: SHORT, values: [compression] },
      { tag: 262, type: SHORT, values: [photometric] },
      { tag: 277, type: SHORT, values: [channels] },
      { tag: 278, type: LONG, values: [SIZE.height] },
      { tag: 284, type: SHORT, values: [1] },
      ...(photometric === 6 ? [{ tag: 530, type: SHORT, values: [share, share] }] : []),
    ],
    [strip],
  );
}

function paletteOf(bits: number): number[][] {
  return Array.from({ length: 2 ** bits }, (_, index) =>
    (QUARTERS[index] ?? [0, 0, 0]).map((value) => value * 257),
  );
}

/** The gray of eight bits that a file of `bits` shows for `value`. */
function leveled(value: number, bits: number): number {
  return Math.round((coarse(value, bits) / (2 ** Math.min(8, bits) - 1)) * 255);
}
