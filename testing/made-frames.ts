/** Frames that a test makes for itself: smooth colors that move, as I420 in BT.709, limited range. */
import type { FrameFormat } from "../services/encode/encoder.js";

export const SMALL: FrameFormat = {
  width: 192,
  height: 128,
  frames: 12,
  frameRateNumerator: 30,
  frameRateDenominator: 1,
};

/** Planes Y, U, V of frame `index`; odd sides have chroma rounded up. */
export function madeFrame({ width, height }: Pick<FrameFormat, "width" | "height">, index: number) {
  const chromaWidth = Math.ceil(width / 2);
  const chromaHeight = Math.ceil(height / 2);
  const chroma = chromaWidth * chromaHeight;
  const bytes = Buffer.alloc(width * height + 2 * chroma);
  const wave = (x: number, y: number, turns: number) =>
    Math.sin((2 * Math.PI * (x + 2 * index)) / 61 + turns) * Math.cos((2 * Math.PI * y) / 47);
  for (let i = 0; i < width * height; i++) {
    bytes[i] = Math.round(126 + 70 * wave(i % width, Math.floor(i / width), 0));
  }
  for (let i = 0; i < chroma; i++) {
    const x = 2 * (i % chromaWidth);
    const y = 2 * Math.floor(i / chromaWidth);
    bytes[width * height + i] = Math.round(128 + 25 * wave(x, y, 1));
    bytes[width * height + chroma + i] = Math.round(128 + 25 * wave(x, y, 2));
  }
  return bytes;
}

/** Peak signal-to-noise ratio of 8-bit samples, in dB; infinite where they are equal. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} samples against ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * a.length) / sum);
}

/** Luma in 16 to 235 of 8-bit RGB, `channels` bytes a pixel. */
export function lumaOfRgb(rgb: Uint8Array, channels: 3 | 4): Uint8Array {
  return Uint8Array.from({ length: rgb.length / channels }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(i * channels, i * channels + 3);
    return Math.round(16 + (219 / 255) * (0.2126 * r + 0.7152 * g + 0.0722 * b));
  });
}
