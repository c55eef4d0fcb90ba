/**
 * Letters as lines of one width, for the names on a contact sheet: a machine without fonts writes
 * them too, and every machine in the same way.
 */

interface Glyph {
  /** Path of SVG; the baseline is y = 0, y downwards, and lower-case letters are 10 high. */
  readonly path: string;
  /** Up to the next letter's left edge. */
  readonly advance: number;
}

/** A circle of the size of an o, whose left edge is at x. */
const bowl = (x: number) => `M${x} -5a5 5 0 1 0 10 0a5 5 0 1 0 -10 0`;
const SPACE = 3.6;

const glyph = (width: number, path: string): Glyph => ({ path, advance: width + SPACE });

const GLYPHS: Readonly<Record<string, Glyph>> = {
  a: glyph(10, `${bowl(0)}M10 -10V0`),
  b: glyph(10, `${bowl(0)}M0 -15V0`),
  c: glyph(8.5, "M8.5 -8.5A5 5 0 1 0 8.5 -1.5"),
  d: glyph(10, `${bowl(0)}M10 -15V0`),
  e: glyph(9.8, "M0 -5H10A5 5 0 1 0 8.6 -1.5"),
  f: glyph(6, "M6.5 -14.6Q2.5 -16 2.5 -11.5V0M0 -9.6H6"),
  g: glyph(10, `${bowl(0)}M10 -10V0Q10 4.6 5 4.6Q2.2 4.6 0.8 3.2`),
  h: glyph(9, "M0 -15V0M0 -5.5Q0.3 -10 4.6 -10Q9 -10 9 -5.4V0"),
  i: glyph(0, "M0 -10V0M0 -13.9V-13.8"),
  j: glyph(1, "M1 -10V1.6Q1 4.6 -2 4.4M1 -13.9V-13.8"),
  k: glyph(8, "M0 -15V0M7.6 -10L0 -3.6M2.7 -5.9L8 0"),
  l: glyph(0, "M0 -15V0"),
  m: glyph(
    15,
    "M0 -10V0M0 -5.5Q0.2 -10 3.8 -10Q7.5 -10 7.5 -5.6V0M7.5 -5.5Q7.7 -10 11.3 -10Q15 -10 15 -5.6V0",
  ),
  n: glyph(9, "M0 -10V0M0 -5.5Q0.3 -10 4.6 -10Q9 -10 9 -5.4V0"),
  o: glyph(10, bowl(0)),
  p: glyph(10, `${bowl(0)}M0 -10V4.8`),
  q: glyph(10, `${bowl(0)}M10 -10V4.8`),
  r: glyph(5, "M0 -10V0M0 -5Q0.2 -9.8 5.2 -9.8"),
  s: glyph(
    7.4,
    "M7 -8.6Q6 -10 3.7 -10Q0.4 -10 0.4 -7.5Q0.4 -5.6 3.7 -5Q7.4 -4.4 7.4 -2.5Q7.4 0 3.7 0Q1 0 0 -1.6",
  ),
  t: glyph(5.6, "M2.5 -13.4V-2.8Q2.5 0 5.6 -0.2M0 -9.6H5.4"),
  u: glyph(9, "M9 -10V0M0 -10V-4.6Q0 0 4.4 0Q8.7 0 9 -4.5"),
  v: glyph(8.4, "M0 -10L4.2 0L8.4 -10"),
  w: glyph(13, "M0 -10L3.4 0L6.5 -9.4L9.6 0L13 -10"),
  x: glyph(8, "M0 -10L8 0M8 -10L0 0"),
  y: glyph(8.4, "M0 -10L4.3 -0.2M8.4 -10L3.4 1.8Q2.2 4.8 -0.4 4.5"),
  z: glyph(7.6, "M0.4 -10H7.6L0 0H7.8"),
  "-": glyph(5.4, "M0.4 -5H5"),
  " ": glyph(2, ""),
};

/** Height of the lower-case letters in the units of the paths. */
const LETTER_UNITS = 10;
const LINE_UNITS = 1.7;

/** Words of lower-case letters, hyphens and spaces, as a group of SVG. */
export interface WrittenWords {
  readonly svg: string;
  /** In pixels. */
  readonly width: number;
}

/**
 * `words` with the baseline's left end at (x, y). `letterHeight` is that of lower-case letters in
 * pixels. Throws for a letter that is not in the table.
 */
export function write(
  words: string,
  { x, y, letterHeight, color }: { x: number; y: number; letterHeight: number; color: string },
): WrittenWords {
  const scale = letterHeight / LETTER_UNITS;
  let at = 0;
  const paths: string[] = [];
  for (const letter of words) {
    const found = GLYPHS[letter];
    if (!found) throw new Error(`no letter for "${letter}"`);
    if (found.path !== "") paths.push(`<path transform="translate(${at} 0)" d="${found.path}"/>`);
    at += found.advance;
  }
  const place = `translate(${x} ${y}) scale(${scale})`;
  const line = `fill="none" stroke="${color}" stroke-width="${LINE_UNITS}" stroke-linecap="round" stroke-linejoin="round"`;
  return { svg: `<g transform="${place}" ${line}>${paths.join("")}</g>`, width: at * scale };
}
