/**
 * Colors for disparity maps, as paths through CIE L*C*h (D65): equal steps of disparity look about
 * equally large.
 */

export const COLORMAPS = ["gray", "ember", "spectrum"] as const;
export type Colormap = (typeof COLORMAPS)[number];

interface LabColor {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

/** L* in [0, 100], chroma, and hue in degrees, for t from far (0) to near (1). */
type ColorPath = (t: number) => readonly [lightness: number, chroma: number, hue: number];

const PATHS: Readonly<Record<Colormap, ColorPath>> = {
  gray: (t) => [100 * t, 0, 0],
  /** Night blue, purple, orange, pale yellow; lightness alone shows the order. */
  ember: (t) => [6 + 88 * t, 8 + 62 * Math.sin(Math.PI * t ** 0.9), 285 + 175 * t],
  /** Blue, green, yellow, red: more steps can be distinguished than by lightness alone. */
  spectrum: (t) => [
    30 + 50 * Math.sin(Math.PI * (0.08 + 0.77 * t)),
    46 + 28 * (2 * t - 1) ** 2,
    295 - 265 * t,
  ],
};

const STEPS = 1024;

/** 8-bit sRGB interleaved, [pixels, 3], of disparities in [0, 1]; values outside are clamped. */
export function colorize(disparity: Float32Array, colormap: Colormap): Uint8Array {
  const table = colorTable(colormap);
  const rgb = new Uint8Array(3 * disparity.length);
  for (let i = 0; i < disparity.length; i++) {
    const value = Math.min(1, Math.max(0, disparity[i] ?? 0));
    const at = 3 * Math.round(value * (STEPS - 1));
    rgb[3 * i] = table[at] ?? 0;
    rgb[3 * i + 1] = table[at + 1] ?? 0;
    rgb[3 * i + 2] = table[at + 2] ?? 0;
  }
  return rgb;
}

function colorTable(colormap: Colormap): Uint8Array {
  const table = new Uint8Array(3 * STEPS);
  for (let i = 0; i < STEPS; i++) {
    const [lightness, chroma, hue] = PATHS[colormap](i / (STEPS - 1));
    table.set(displayable(lightness, chroma, hue), 3 * i);
  }
  return table;
}

/** The color, with its chroma reduced until it is within sRGB. */
function displayable(lightness: number, chroma: number, hue: number): [number, number, number] {
  const radians = (hue * Math.PI) / 180;
  const at = (c: number) =>
    linearOf({ l: lightness, a: c * Math.cos(radians), b: c * Math.sin(radians) });
  let inside = 0;
  let outside = chroma;
  if (at(chroma).every(isDisplayable)) inside = chroma;
  else {
    for (let i = 0; i < 12; i++) {
      const middle = (inside + outside) / 2;
      if (at(middle).every(isDisplayable)) inside = middle;
      else outside = middle;
    }
  }
  const [r, g, b] = at(inside).map(encode);
  return [r ?? 0, g ?? 0, b ?? 0];
}

const isDisplayable = (linear: number) => linear >= -1e-4 && linear <= 1.0001;

/** Linear sRGB of CIE L*a*b* (CIE 15; IEC 61966-2-1), white D65. */
function linearOf({ l, a, b }: LabColor): [number, number, number] {
  const f = (l + 16) / 116;
  const x = 0.95047 * inverseCurve(f + a / 500);
  const y = inverseCurve(f);
  const z = 1.08883 * inverseCurve(f - b / 200);
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ];
}

function inverseCurve(t: number): number {
  return t > 6 / 29 ? t ** 3 : (3 * (t - 4 / 29) * 36) / 841;
}

function encode(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  const gamma = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(255 * gamma);
}
