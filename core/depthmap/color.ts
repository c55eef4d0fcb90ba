/**
 * Colors of a photo as CIE L*a*b*, whose differences match what people see, and its brightness as
 * BT.709 luma.
 */
/** sRGB byte values as linear light. */
const LINEAR = Float32Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** The reference white D65, 2° observer. */
const WHITE = { x: 0.95047, y: 1, z: 1.08883 } as const;

function curve(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
}

/** RGB in [0, 255], [pixels, 3], as L* in [0, 100] and a*, b* around 0, [pixels, 3]. */
export function labOf(rgb: Float32Array | Uint8Array): Float32Array {
  const lab = new Float32Array(rgb.length);
  for (let at = 0; at < rgb.length; at += 3) {
    const r = LINEAR[Math.round(rgb[at] ?? 0)] ?? 1;
    const g = LINEAR[Math.round(rgb[at + 1] ?? 0)] ?? 1;
    const b = LINEAR[Math.round(rgb[at + 2] ?? 0)] ?? 1;
    const x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE.x);
    const y = curve((0.2126729 * r + 0.7151522 * g + 0.072175 * b) / WHITE.y);
    const z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE.z);
    lab[at] = 116 * y - 16;
    lab[at + 1] = 500 * (x - y);
    lab[at + 2] = 200 * (y - z);
  }
  return lab;
}

/** BT.709 luma in [0, 1] of RGB in [0, 255], [height, width, 3]. */
export function luma(rgb: Float32Array | Uint8Array): Float32Array {
  const result = new Float32Array(rgb.length / 3);
  for (let i = 0; i < result.length; i++) {
    const at = 3 * i;
    result[i] =
      (0.2126 * (rgb[at] ?? 0) + 0.7152 * (rgb[at + 1] ?? 0) + 0.0722 * (rgb[at + 2] ?? 0)) / 255;
  }
  return result;
}
