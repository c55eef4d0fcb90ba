/** A small file of every kind of photo that is taken, with the colors that it shows. */
import { readFile } from "node:fs/promises";
import { packagePath } from "../../kit/process/package-path.js";
import { heifKinds } from "./heif-kinds.js";
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
import { pngFile } from "./png.js";
import { type Color, luma, QUARTERS } from "./quarters.js";
import { tiffKinds } from "./tiff-kinds.js";

const JPEG_COLORS = {
  gray: { space: "b-w", colors: GRAYS },
  "YCbCr or RGB": { space: "srgb", colors: QUARTERS },
  "CMYK or YCCK": { space: "cmyk", colors: undefined },
} as const;

function jpegKinds(): KindFile[] {
  return Object.entries(JPEG_COLORS).flatMap(([color, { space, colors }]) => {
    const kind = {
      format: "jpeg",
      bits: 8,
      color,
      tolerance: 6,
      ...(colors && { colors }),
    } as const;
    const plain = (progressive: boolean) =>
      pictureIn(space).jpeg({ quality: 95, progressive, chromaSubsampling: "4:4:4" }).toBuffer();
    // No encoder here writes arithmetic codes: these files are from jpegtran.
    const stored = (coding: string) =>
      readFile(packagePath("testing", "cases", `${coding}-${space}.jpg`));
    return [
      { ...kind, coding: "baseline", make: () => plain(false) },
      { ...kind, coding: "extended", make: async () => asExtended(await plain(false)) },
      { ...kind, coding: "progressive", make: () => plain(true) },
      { ...kind, coding: "arithmetic", make: () => stored("arithmetic") },
      { ...kind, coding: "progressive arithmetic", make: () => stored("progressive-arithmetic") },
    ];
  });
}

/** Baseline data is valid in an extended frame too. */
function asExtended(jpeg: Buffer): Buffer {
  jpeg[jpeg.indexOf("\xff\xc0", 0, "latin1") + 1] = 0xc1;
  return jpeg;
}

const PNG_COLORS = [
  { colorType: 0, color: "gray", bits: [1, 2, 4, 8, 16] },
  { colorType: 2, color: "RGB", bits: [8, 16] },
  { colorType: 3, color: "palette", bits: [1, 2, 4, 8] },
  { colorType: 4, color: "gray and alpha", bits: [8, 16] },
  { colorType: 6, color: "RGB and alpha", bits: [8, 16] },
] as const;

function pngKinds(): KindFile[] {
  return PNG_COLORS.flatMap(({ colorType, color, bits: depths }) =>
    depths.flatMap((bits) =>
      ["plain", "interlaced"].map((coding) => ({
        ...{ format: "png" as const, coding, bits, color, tolerance: 1 },
        colors: pngColors(color, bits),
        make: async () =>
          pngFile({
            ...{ ...SIZE, colorType, bits, interlaced: coding === "interlaced" },
            ...(color === "palette" && { palette: QUARTERS.slice(0, 2 ** bits) }),
            sample: (x, y, channel) => pngSample(color, bits, quarterAt(x, y), channel),
          }),
      })),
    ),
  );
}

/** Opaque where there is alpha; a palette of two colors has only the first two quarters. */
function pngSample(color: string, bits: number, quarter: Color, channel: number): number {
  const index = QUARTERS.indexOf(quarter);
  if (color === "palette") return bits === 1 ? index % 2 : index;
  const isGray = color.startsWith("gray");
  const isAlpha = channel === (isGray ? 1 : 3);
  const value = isAlpha ? 255 : isGray ? coarse(luma(quarter), bits) : (quarter[channel] ?? 0);
  return bits === 16 ? value * 257 : value;
}

function pngColors(color: string, bits: number): readonly Color[] {
  if (color === "palette" && bits === 1)
    return QUARTERS.map((_, i) => QUARTERS[i % 2] ?? QUARTERS[0]);
  if (!color.startsWith("gray")) return QUARTERS;
  const most = 2 ** Math.min(8, bits) - 1;
  return QUARTERS.map((quarter) => gray(Math.round((coarse(luma(quarter), bits) / most) * 255)));
}

/** One file of each kind in the table of what is taken. */
export function kindFiles(): KindFile[] {
  const webp = { format: "webp", bits: 8, color: "color", colors: QUARTERS } as const;
  return [
    ...jpegKinds(),
    ...pngKinds(),
    {
      ...{
        format: "gif",
        coding: "LZW",
        bits: 8,
        color: "palette",
        colors: QUARTERS,
        tolerance: 4,
      },
      make: () => picture().gif().toBuffer(),
    },
    {
      ...{ ...webp, coding: "lossy", tolerance: 12 },
      make: () => picture().webp({ quality: 95 }).toBuffer(),
    },
    {
      ...{ ...webp, coding: "lossless", tolerance: 0 },
      make: () => picture().webp({ lossless: true }).toBuffer(),
    },
    ...heifKinds(),
    ...tiffKinds(),
  ];
}
