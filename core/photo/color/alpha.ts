/** Transparency: colors that were stored multiplied by alpha, and blending with white. */
import { type Samples, whiteOf } from "./samples.js";

export function hasAlpha({ channels }: Samples): boolean {
  return channels === 2 || channels === 4;
}

/** Divides the colors by their alpha, in place; what is wholly transparent stays as it is. */
export function divideByAlpha(samples: Samples): void {
  if (!hasAlpha(samples)) return;
  const { data, channels } = samples;
  const white = whiteOf(samples);
  for (let i = 0; i < data.length; i += channels) {
    const alpha = data[i + channels - 1] as number;
    if (alpha === 0 || alpha >= white) continue;
    for (let c = i; c < i + channels - 1; c++) {
      data[c] = Math.min(white, Math.round(((data[c] as number) * white) / alpha));
    }
  }
}

/** Blends 8-bit sRGB, in place, with white by the alpha of its samples. */
export function blendWithWhite(rgb: Uint8Array, samples: Samples): void {
  const { data, channels } = samples;
  const white = whiteOf(samples);
  for (let i = channels - 1, to = 0; to < rgb.length; i += channels, to += 3) {
    const opacity = Math.min(1, (data[i] as number) / white);
    if (opacity === 1) continue;
    for (let c = to; c < to + 3; c++) {
      rgb[c] = Math.round(255 + opacity * ((rgb[c] as number) - 255));
    }
  }
}
