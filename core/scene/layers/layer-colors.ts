/**
 * The colors of both sheets on the texels of the photo's texture. Around silhouettes the photo's
 * color is a mix of both sides; it is taken apart, so that a moved near thing takes no border of
 * the old background with it, and leaves none of its own there.
 */
import { resize } from "../../depthmap/resize.js";
import type { Size } from "../../geometry/size.js";
import type { BuiltLayers } from "./build-layers.js";
import { MATTE2 } from "./coverage.js";
import { BackKind } from "./hidden.js";
import type { LayerColors } from "./layers.js";
import { coverageByColor } from "./matte.js";
import { sideColors } from "./sides.js";

/**
 * `photo` is RGB [height, width, 3] of size `texture`. For every pixel, coverage · front + (1 −
 * coverage) · back is the photo's own color, to within two levels. `like` are the colors of another
 * picture of the same scene, whose coverage is taken: its alpha is taken apart as its colors were.
 */
export function layerColors(
  layers: BuiltLayers,
  photo: Uint8Array,
  texture: Size,
  like?: LayerColors,
): LayerColors {
  const { width, height } = texture;
  const front = new Uint8Array(4 * width * height);
  for (let pixel = 0, to = 0, from = 0; pixel < width * height; pixel++, to += 4, from += 3) {
    front[to] = photo[from] ?? 0;
    front[to + 1] = photo[from + 1] ?? 0;
    front[to + 2] = photo[from + 2] ?? 0;
    front[to + 3] = like?.front[to + 3] ?? 255;
  }
  // Not by slice: that of a Buffer is no copy.
  const back = new Uint8Array(photo);
  if (layers.seams.back.kind.some((kind) => kind !== BackKind.NONE)) {
    takeApart(layers, photo, { width, height, front, back }, like !== undefined);
  }
  return { width, height, front, back };
}

/** With `isCovered` the alpha of the front is right already. */
function takeApart(
  layers: BuiltLayers,
  photo: Uint8Array,
  colors: LayerColors,
  isCovered: boolean,
): void {
  const { front, back } = colors;
  const { kind, under } = layers.seams.back;
  const small = resize(photo, colors, layers, 3);
  const sides = sideColors(layers, small);
  const coverage = new Float32Array(layers.coverage);
  const columns = pixelsOf(layers.width, colors.width);
  const rows = pixelsOf(layers.height, colors.height);
  const taps = newTaps();
  const near = new Float32Array(3);
  const far = new Float32Array(3);
  const pixel = new Float32Array(3);
  for (let row = 0, texel = 0; row < layers.height; row++) {
    for (let column = 0; column < layers.width; column++, texel++) {
      const here = kind[texel] ?? 0;
      if (here === BackKind.NONE) continue;
      const isDeep = here === BackKind.HIDDEN && (under.distance2[texel] ?? 0) > MATTE2;
      for (let y = rows.first[row] ?? 0; y < (rows.first[row + 1] ?? 0); y++) {
        for (let x = columns.first[column] ?? 0; x < (columns.first[column + 1] ?? 0); x++) {
          placeTaps(taps, layers, rows.centers[y] ?? 0, columns.centers[x] ?? 0);
          const at = y * colors.width + x;
          for (let c = 0; c < 3; c++) pixel[c] = photo[3 * at + c] ?? 0;
          if (isDeep) {
            read(taps, sides.far, far, kind);
            for (let c = 0; c < 3; c++) back[3 * at + c] = far[c] ?? 0;
            continue;
          }
          const geometric = readOne(taps, coverage) / 255;
          if (here === BackKind.RING) {
            if (!isCovered) front[4 * at + 3] = Math.round(255 * geometric);
            continue;
          }
          read(taps, sides.far, far, kind);
          read(taps, sides.near, near, kind);
          const byColor = coverageByColor(pixel, near, far, geometric);
          const room = matteRoom(layers, texel);
          const alpha = isCovered
            ? (front[4 * at + 3] ?? 0)
            : possible(pixel, near, far, geometric + room * (byColor - geometric));
          front[4 * at + 3] = alpha;
          share(pixel, near, far, alpha / 255);
          for (let c = 0; c < 3; c++) {
            front[4 * at + c] = Math.round(near[c] ?? 0);
            back[3 * at + c] = Math.round(far[c] ?? 0);
          }
        }
      }
    }
  }
}

/** How much of the color's say counts, by squared distance from the silhouette. */
function matteRoom({ seams: { front, back } }: BuiltLayers, texel: number): number {
  const isKnown = back.kind[texel] === BackKind.KNOWN;
  const distance = Math.sqrt((isKnown ? front.grown : back.under).distance2[texel] ?? 0);
  return Math.min(1, Math.max(0, (isKnown ? 3.5 : 2.5) - distance));
}

/** How far outside of [0, 255] a side's color may be before it counts as impossible. */
const TOLERANCE = 1;

/**
 * The coverage as a byte; 255 or 0, whichever is closer, where no two colors near those of the
 * sides mix to the pixel's: it belongs to one side alone then.
 */
function possible(pixel: Float32Array, near: Float32Array, far: Float32Array, coverage: number) {
  const alpha = Math.round(255 * coverage) / 255;
  const rest = 1 - alpha;
  const norm = alpha * alpha + rest * rest;
  for (let c = 0; c < 3; c++) {
    const lacking = (pixel[c] ?? 0) - alpha * (near[c] ?? 0) - rest * (far[c] ?? 0);
    const f = (near[c] ?? 0) + (alpha / norm) * lacking;
    const b = (far[c] ?? 0) + (rest / norm) * lacking;
    const isOutside = Math.min(f, b) < -TOLERANCE || Math.max(f, b) > 255 + TOLERANCE;
    if (isOutside) return alpha >= 0.5 ? 255 : 0;
  }
  return Math.round(255 * alpha);
}

/**
 * Moves the two sides' colors, by as little as possible together, to where they mix to the pixel's
 * color at this coverage.
 */
function share(pixel: Float32Array, near: Float32Array, far: Float32Array, alpha: number): void {
  const rest = 1 - alpha;
  const norm = alpha * alpha + rest * rest;
  for (let c = 0; c < 3; c++) {
    const wanted = pixel[c] ?? 0;
    const lacking = wanted - alpha * (near[c] ?? 0) - rest * (far[c] ?? 0);
    let f = clamp((near[c] ?? 0) + (alpha / norm) * lacking);
    let b = clamp((far[c] ?? 0) + (rest / norm) * lacking);
    // Divided by a coverage near 0, a rounding error would become a color.
    if (Math.abs(wanted - alpha * f - rest * b) > UNSEEN_LEVELS) {
      if (rest > 0) b = clamp((wanted - alpha * f) / rest);
      if (alpha > 0) f = clamp((wanted - rest * b) / alpha);
    }
    near[c] = f;
    far[c] = b;
  }
}

/** A difference from the photo's color that is left as it is. */
const UNSEEN_LEVELS = 2;

const clamp = (value: number) => Math.min(255, Math.max(0, value));

/** For each texel of one axis its pixels of the texture, and where those lie between the texels. */
function pixelsOf(texels: number, pixels: number) {
  const first = new Int32Array(texels + 1);
  for (let texel = 0; texel <= texels; texel++) {
    first[texel] = Math.min(pixels, Math.max(0, Math.ceil((texel * pixels) / texels - 0.5)));
  }
  const centers = Float64Array.from({ length: pixels }, (_, pixel) =>
    Math.min(texels - 1, Math.max(0, ((pixel + 0.5) * texels) / pixels - 0.5)),
  );
  return { first, centers };
}

/** The four texels around a point, and their bilinear weights. */
interface Taps {
  readonly texels: Int32Array;
  readonly weights: Float64Array;
}

function newTaps(): Taps {
  return { texels: new Int32Array(4), weights: new Float64Array(4) };
}

function placeTaps({ texels, weights }: Taps, { width, height }: Size, y: number, x: number): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const right = x0 + 1 < width ? 1 : 0;
  const below = y0 + 1 < height ? width : 0;
  const at = y0 * width + x0;
  const fx = x - x0;
  const fy = y - y0;
  texels[0] = at;
  texels[1] = at + right;
  texels[2] = at + below;
  texels[3] = at + right + below;
  weights[0] = (1 - fx) * (1 - fy);
  weights[1] = fx * (1 - fy);
  weights[2] = (1 - fx) * fy;
  weights[3] = fx * fy;
}

function readOne({ texels, weights }: Taps, values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += (weights[i] ?? 0) * (values[texels[i] ?? 0] ?? 0);
  return sum;
}

/** RGB between the texels that have a color: those under near things and those beside them. */
function read(
  { texels, weights }: Taps,
  colors: Float32Array,
  to: Float32Array,
  kind: Uint8Array,
): void {
  let total = 0;
  let [r, g, b] = [0, 0, 0];
  for (let i = 0; i < 4; i++) {
    const texel = texels[i] ?? 0;
    const has = kind[texel];
    if (has !== BackKind.HIDDEN && has !== BackKind.KNOWN) continue;
    const weight = (weights[i] ?? 0) + 1e-6;
    total += weight;
    r += weight * (colors[3 * texel] ?? 0);
    g += weight * (colors[3 * texel + 1] ?? 0);
    b += weight * (colors[3 * texel + 2] ?? 0);
  }
  to[0] = r / total;
  to[1] = g / total;
  to[2] = b / total;
}
