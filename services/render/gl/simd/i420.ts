/**
 * Converts rows of RGBA to I420 (BT.709, limited range), as shaders/luma.frag and chroma.frag do.
 *
 * AssemblyScript, not TypeScript: scripts/setup compiles it to a WebAssembly module of a kilobyte
 * that works in imported memory. gl/i420-module.ts loads it.
 */

// Weights of (red, blue) and of (green, alpha) in 32768ths of a step, from the formulas of
// shaders/lib/bt709.glsl: 219 / 255 of the luma weights, and 224 / 255 of the differences over
// 1.8556 and over 1.5748. Those of U and those of V add up to 0, so that a grey is exactly 128.
const Y_RED_BLUE: v128 = i16x8(5983, 2032, 5983, 2032, 5983, 2032, 5983, 2032);
const Y_GREEN: v128 = i16x8(20127, 0, 20127, 0, 20127, 0, 20127, 0);
const U_RED_BLUE: v128 = i16x8(-3298, 14392, -3298, 14392, -3298, 14392, -3298, 14392);
const U_GREEN: v128 = i16x8(-11094, 0, -11094, 0, -11094, 0, -11094, 0);
const V_RED_BLUE: v128 = i16x8(14392, -1320, 14392, -1320, 14392, -1320, 14392, -1320);
const V_GREEN: v128 = i16x8(-13072, 0, -13072, 0, -13072, 0, -13072, 0);

const LUMA_SHIFT: i32 = 15;
/** Chroma is of the sum of four pixels. */
const CHROMA_SHIFT: i32 = 17;
/** What black has, and half a step, with which the shift rounds. */
const LUMA_BIAS: i32 = (16 << LUMA_SHIFT) + (1 << (LUMA_SHIFT - 1));
const CHROMA_BIAS: i32 = (128 << CHROMA_SHIFT) + (1 << (CHROMA_SHIFT - 1));

/** Red and blue of four pixels, in turn, as eight numbers. */
function redBlue(pixels: v128): v128 {
  return v128.and(pixels, i16x8.splat(0xff));
}

/** Green and alpha of four pixels, in turn, as eight numbers. */
function greenAlpha(pixels: v128): v128 {
  return i16x8.shr_u(pixels, 8);
}

/** The weighted sum of each of four pixels. */
function weighted(redAndBlue: v128, green: v128, redBlueWeights: v128, greenWeight: v128): v128 {
  const ofGreen = i32x4.dot_i16x8_s(green, greenWeight);
  return i32x4.add(i32x4.dot_i16x8_s(redAndBlue, redBlueWeights), ofGreen);
}

/** The luma of four pixels. */
function luma(redAndBlue: v128, green: v128): v128 {
  const sum = weighted(redAndBlue, green, Y_RED_BLUE, Y_GREEN);
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(LUMA_BIAS)), LUMA_SHIFT);
}

/** The chroma of four blocks, of the weighted sums of their eight columns. */
function chroma(left: v128, right: v128): v128 {
  const even = v128.shuffle<i32>(left, right, 0, 2, 4, 6);
  const odd = v128.shuffle<i32>(left, right, 1, 3, 5, 7);
  const sum = i32x4.add(even, odd);
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(CHROMA_BIAS)), CHROMA_SHIFT);
}

/** Sixteen numbers of 32 bits as bytes. */
function bytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Converts a block of sixteen columns and two rows, `lower` and `upper` in the picture. */
function convertBlock(
  lower: usize,
  upper: usize,
  lowerLuma: usize,
  upperLuma: usize,
  u: usize,
  v: usize,
): void {
  const l0 = v128.load(lower);
  const l1 = v128.load(lower, 16);
  const l2 = v128.load(lower, 32);
  const l3 = v128.load(lower, 48);
  const u0 = v128.load(upper);
  const u1 = v128.load(upper, 16);
  const u2 = v128.load(upper, 32);
  const u3 = v128.load(upper, 48);
  let rb0 = redBlue(l0);
  let rb1 = redBlue(l1);
  let rb2 = redBlue(l2);
  let rb3 = redBlue(l3);
  let ga0 = greenAlpha(l0);
  let ga1 = greenAlpha(l1);
  let ga2 = greenAlpha(l2);
  let ga3 = greenAlpha(l3);
  v128.store(lowerLuma, bytes(luma(rb0, ga0), luma(rb1, ga1), luma(rb2, ga2), luma(rb3, ga3)));
  const upperRb0 = redBlue(u0);
  const upperRb1 = redBlue(u1);
  const upperRb2 = redBlue(u2);
  const upperRb3 = redBlue(u3);
  const upperGa0 = greenAlpha(u0);
  const upperGa1 = greenAlpha(u1);
  const upperGa2 = greenAlpha(u2);
  const upperGa3 = greenAlpha(u3);
  v128.store(
    upperLuma,
    bytes(
      luma(upperRb0, upperGa0),
      luma(upperRb1, upperGa1),
      luma(upperRb2, upperGa2),
      luma(upperRb3, upperGa3),
    ),
  );
  rb0 = i16x8.add(rb0, upperRb0);
  rb1 = i16x8.add(rb1, upperRb1);
  rb2 = i16x8.add(rb2, upperRb2);
  rb3 = i16x8.add(rb3, upperRb3);
  ga0 = i16x8.add(ga0, upperGa0);
  ga1 = i16x8.add(ga1, upperGa1);
  ga2 = i16x8.add(ga2, upperGa2);
  ga3 = i16x8.add(ga3, upperGa3);
  const uLeft = chroma(
    weighted(rb0, ga0, U_RED_BLUE, U_GREEN),
    weighted(rb1, ga1, U_RED_BLUE, U_GREEN),
  );
  const uRight = chroma(
    weighted(rb2, ga2, U_RED_BLUE, U_GREEN),
    weighted(rb3, ga3, U_RED_BLUE, U_GREEN),
  );
  const vLeft = chroma(
    weighted(rb0, ga0, V_RED_BLUE, V_GREEN),
    weighted(rb1, ga1, V_RED_BLUE, V_GREEN),
  );
  const vRight = chroma(
    weighted(rb2, ga2, V_RED_BLUE, V_GREEN),
    weighted(rb3, ga3, V_RED_BLUE, V_GREEN),
  );
  const both = bytes(uLeft, uRight, vLeft, vRight);
  v128.store64_lane(u, both, 0);
  v128.store64_lane(v, both, 1);
}

/**
 * Converts `rows` rows of `width` pixels at `rgba`, the lowest row of the picture first, as GL
 * reads them. `luma`, `u` and `v` are where the lowest row belongs in its plane; those above it lie
 * before it. `rows` and `width` are even, and `width` is at least 16.
 */
export function convertRows(
  rgba: usize,
  width: usize,
  rows: usize,
  lumaRow: usize,
  uRow: usize,
  vRow: usize,
): void {
  const rowBytes: usize = width << 2;
  // Where the width is no multiple of sixteen, the last block overlaps the one before it and writes
  // the same bytes there again.
  const last = width - 16;
  for (let row: usize = 0; row < rows; row += 2) {
    let column: usize = 0;
    while (true) {
      const pixels = rgba + (column << 2);
      convertBlock(
        pixels,
        pixels + rowBytes,
        lumaRow + column,
        lumaRow - width + column,
        uRow + (column >> 1),
        vRow + (column >> 1),
      );
      if (column === last) break;
      column = min(column + 16, last);
    }
    rgba += 2 * rowBytes;
    lumaRow -= 2 * width;
    uRow -= width >> 1;
    vRow -= width >> 1;
  }
}
