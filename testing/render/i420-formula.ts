/** I420 by the formulas of ITU-R BT.709 in double precision, to compare conversions with. */

/** Red, green or blue of a pixel, 0 to 255, counted from the upper left corner. */
export type ChannelAt = (x: number, y: number, channel: 0 | 1 | 2) => number;

const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** The planes in limited range, chroma of the means of 2×2 pixels: bytes before rounding. */
export function i420Formula(
  { width, height }: { readonly width: number; readonly height: number },
  at: ChannelAt,
): Float64Array {
  const luma = (r: number, g: number, b: number) => LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
  const planes = new Float64Array((width * height * 3) / 2);
  let next = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      planes[next++] = 16 + (219 / 255) * luma(at(x, y, 0), at(x, y, 1), at(x, y, 2));
    }
  }
  for (const [channel, scale] of [
    [2, 1.8556],
    [0, 1.5748],
  ] as const) {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const mean = (c: 0 | 1 | 2) =>
          (at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c)) / 4;
        const difference = mean(channel) - luma(mean(0), mean(1), mean(2));
        planes[next++] = 128 + (224 / 255) * (difference / scale);
      }
    }
  }
  return planes;
}
