/** Real stereo pairs: the right picture is the truth about a camera that moved to the right. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { readPfm } from "../../core/depthmap/files/pfm.js";
import { type Size, withinLongSide } from "../../core/geometry/size.js";
import { type CameraState, DEFAULT_CAMERA } from "../../core/scene/camera.js";
import type { HeightField } from "./march.js";
import { type Regions, regionsOf } from "./regions.js";

const LEFT = /_left\.(png|jpe?g)$/i;
/** Steps of a 16-bit PNG for a disparity of one pixel, as in KITTI; 8-bit PNGs hold pixels. */
const PNG_STEPS_PER_PIXEL = 256;
/** A step between neighbors that opens more than this is a silhouette. */
const SILHOUETTE_PIXELS = 1.5;

export interface StereoPair {
  readonly name: string;
  readonly frame: Size;
  /** The left picture, and its disparity as a share of the largest one. */
  readonly field: HeightField;
  /** The camera that sees what the right picture shows. */
  readonly camera: CameraState;
  readonly right: Uint8Array;
  readonly regions: Regions;
}

/**
 * Reads each NAME_left.*, NAME_right.* and NAME_disp.pfm or .png of a folder, no larger than
 * `longSide`. Throws when there is none or a file is missing.
 */
export async function readStereoPairs(folder: string, longSide: number): Promise<StereoPair[]> {
  const files = (await readdir(folder)).sort();
  const lefts = files.filter((file) => LEFT.test(file));
  if (lefts.length === 0) throw new Error(`no stereo pair in ${folder}: expected NAME_left.png`);
  const find = (name: string, kind: string, endings: readonly string[]) => {
    const found = files.find((file) => endings.some((end) => file === `${name}_${kind}.${end}`));
    if (found) return join(folder, found);
    throw new Error(`${folder} has no ${name}_${kind}.${endings.join(" or .")}`);
  };
  const pairs: StereoPair[] = [];
  for (const left of lefts) {
    const name = left.replace(LEFT, "");
    const map = await readDisparity(find(name, "disp", ["pfm", "png"]));
    const photo = await readRgb(join(folder, left), longSide);
    const right = await readRgb(find(name, "right", ["png", "jpg", "jpeg"]), longSide);
    pairs.push(stereoPair(name, photo, right.rgb, map));
  }
  return pairs;
}

interface Raster extends Size {
  readonly rgb: Uint8Array;
}

interface Disparities extends Size {
  /** In pixels of its own size; not finite or 0 where nothing was measured. */
  readonly pixels: Float32Array;
}

/** `map` may have another size than the pictures, which have one. */
export function stereoPair(
  name: string,
  { rgb, width, height }: Raster,
  right: Uint8Array,
  map: Disparities,
): StereoPair {
  const frame = { width, height };
  const pixels = filled(nearestSamples(map, frame), frame);
  const most = pixels.reduce((largest, value) => Math.max(largest, value), 1);
  const disparity = pixels.map((value) => value / most);
  const lift = 0.9;
  const camera = {
    ...DEFAULT_CAMERA,
    // Orthographic, with disparity 0 at rest: a point of disparity d moves by lift · d · offset.
    ...{ isometric: 1, steady: 0, focus: 0, height: lift },
    offset: { x: (2 * most) / (height * lift), y: 0 },
  };
  const seen = fromTheRight(pixels, frame);
  const regions = regionsOf(
    { ...frame, disparity: seen.pixels.map((value) => value / most) },
    (i) => seen.hidden[i],
    SILHOUETTE_PIXELS / most,
  );
  const field = { photo: rgb, photoSize: frame, disparity, disparitySize: frame };
  return { name, frame, field, camera, right, regions };
}

/**
 * Disparity in pixels as the right camera has it, and whether the left picture hides the point:
 * undefined at the right edge, beyond which the left picture ends.
 */
export function fromTheRight(
  left: Float32Array,
  { width, height }: Size,
): { pixels: Float32Array; hidden: (boolean | undefined)[] } {
  const pixels = new Float32Array(width * height).fill(-1);
  const hidden = new Array<boolean | undefined>(width * height).fill(false);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const value = left[row + x] ?? 0;
      const next = x + 1 < width ? (left[row + x + 1] ?? 0) : Infinity;
      const from = x - value;
      // A surface without a step reaches the place of its next pixel.
      const isJoined = Math.abs(next - value) <= SILHOUETTE_PIXELS;
      const to = isJoined ? Math.max(from, x + 1 - next) : from;
      for (
        let at = Math.max(0, Math.round(from));
        at <= Math.min(width - 1, Math.round(to));
        at++
      ) {
        pixels[row + at] = Math.max(pixels[row + at] ?? -1, value);
      }
    }
    let isBeyond = true;
    let far = 0;
    for (let x = width - 1; x >= 0; x--) {
      const value = pixels[row + x] ?? -1;
      if (value >= 0) {
        isBeyond = false;
        far = value;
        continue;
      }
      // What is uncovered lies beside a nearer thing on its left: it continues the far side.
      hidden[row + x] = isBeyond ? undefined : true;
      pixels[row + x] = far;
    }
  }
  return { pixels, hidden };
}

/** The nearest sample of a map at each pixel, in pixels of `to`: means would invent surfaces. */
function nearestSamples({ pixels, width, height }: Disparities, to: Size): Float32Array {
  const scale = to.width / width;
  return Float32Array.from({ length: to.width * to.height }, (_, i) => {
    const x = Math.floor((((i % to.width) + 0.5) * width) / to.width);
    const y = Math.floor(((Math.floor(i / to.width) + 0.5) * height) / to.height);
    return scale * (pixels[y * width + x] ?? 0);
  });
}

/** What was not measured takes the farther of its neighbors in the row: mostly it is hidden. */
function filled(pixels: Float32Array, { width, height }: Size): Float32Array {
  const result = pixels.slice();
  const isKnown = (value: number | undefined) => Number.isFinite(value) && (value ?? 0) > 0;
  for (let row = 0; row < width * height; row += width) {
    for (let x = 0; x < width; x++) {
      if (isKnown(pixels[row + x])) continue;
      const start = x;
      while (x < width && !isKnown(pixels[row + x])) x += 1;
      const sides = [start > 0 ? pixels[row + start - 1] : undefined, pixels[row + x]].filter(
        (value, side) => isKnown(value) && (side === 0 || x < width),
      );
      const value = sides.length > 0 ? Math.min(...sides.map((side) => side ?? 0)) : 0;
      result.fill(value, row + start, row + x);
    }
  }
  return result;
}

async function readRgb(file: string, longSide: number): Promise<Raster> {
  const { width = 0, height = 0 } = await sharp(file).metadata();
  const fitted = withinLongSide({ width, height }, longSide);
  // Frames have even sides.
  const size = { width: fitted.width & ~1, height: fitted.height & ~1 };
  const rgb = await sharp(file)
    .resize(size.width, size.height, { fit: "fill" })
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer();
  return { rgb: new Uint8Array(rgb), ...size };
}

async function readDisparity(file: string): Promise<Disparities> {
  if (file.endsWith(".pfm")) {
    const { values, width, height } = readPfm(new Uint8Array(await readFile(file)));
    return { pixels: values, width, height };
  }
  const { depth } = await sharp(file).metadata();
  const isDeep = depth === "ushort";
  const { data, info } = await sharp(file)
    .toColourspace(isDeep ? "grey16" : "b-w")
    .raw({ depth: isDeep ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const samples = isDeep
    ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    : new Uint8Array(data);
  const steps = isDeep ? PNG_STEPS_PER_PIXEL : 1;
  const { width, height, channels } = info;
  const pixels = Float32Array.from(
    { length: width * height },
    (_, i) => (samples[channels * i] ?? 0) / steps,
  );
  return { pixels, width, height };
}
