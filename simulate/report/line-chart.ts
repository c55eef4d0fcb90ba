/** A line chart as SVG: small, without scripts, readable on light and dark pages. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** What is hoped for or limits, not what came. */
  readonly isDashed?: boolean;
}

export interface Axis {
  readonly title: string;
  /** What is written at each of these values; the first and the last are the ends. */
  readonly ticks: readonly number[];
  readonly isLogarithmic?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

const SIZE = { width: 720, height: 320 };
const PLOT = { left: 64, right: 560, top: 64, bottom: 270 };
/** Told apart also without colors seen alike: their names stand at the ends of the lines. */
const COLORS = ["#2563c9", "#c2410c", "#15803d", "#7c3aed", "#6b7280"];
const INK = "#1f2933";
/** Names of lines that end at one height are moved apart by this. */
const NAME_HEIGHT = 15;

export function lineChart({ title, x, y, lines }: Chart): string {
  const across = scale(x, PLOT.left, PLOT.right);
  const up = scale(y, PLOT.bottom, PLOT.top);
  const parts = [
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#ffffff"/>`,
    text(PLOT.left - 40, 22, title, { weight: "600", size: 14 }),
    ...y.ticks.flatMap((tick) => [
      stroke(PLOT.left, up(tick), PLOT.right, up(tick), "#e4e7eb"),
      text(PLOT.left - 8, up(tick) + 4, label(tick), { anchor: "end" }),
    ]),
    ...x.ticks.flatMap((tick) => [
      stroke(across(tick), PLOT.bottom, across(tick), PLOT.bottom + 5, INK),
      text(across(tick), PLOT.bottom + 20, label(tick), { anchor: "middle" }),
    ]),
    stroke(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, INK),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 40, x.title, { anchor: "middle" }),
    text(PLOT.left - 40, PLOT.top - 18, y.title),
    ...lines.map((line, index) => path(line, across, up, color(index))),
    ...names(lines, across, up),
  ];
  const { width, height } = SIZE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function scale({ ticks, isLogarithmic }: Axis, from: number, to: number) {
  const of = (value: number) => (isLogarithmic ? Math.log10(value) : value);
  const [first, last] = [of(ticks[0] ?? 0), of(ticks.at(-1) ?? 1)];
  return (value: number) => {
    const part = (of(value) - first) / (last - first);
    return Math.round(10 * (from + Math.min(1, Math.max(0, part)) * (to - from))) / 10;
  };
}

type Scale = ReturnType<typeof scale>;

function path({ points, isDashed }: Line, across: Scale, up: Scale, ink: string): string {
  const to = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${across(x)} ${up(y)}`);
  const dash = isDashed ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${to.join("")}" fill="none" stroke="${ink}" stroke-width="2"${dash}/>`;
}

/** Beside the end of each line, moved apart where lines end at one height. */
function names(lines: readonly Line[], across: Scale, up: Scale): string[] {
  const ends = lines.map(({ name, points }, index) => {
    const [x, y] = points.at(-1) ?? [0, 0];
    return { name, ink: color(index), left: across(x) + 8, top: up(y) + 4 };
  });
  ends.sort((a, b) => a.top - b.top);
  let least = Number.NEGATIVE_INFINITY;
  return ends.map(({ name, ink, left, top }) => {
    least = Math.max(top, least + NAME_HEIGHT);
    return text(left, least, name, { ink });
  });
}

function color(index: number): string {
  return COLORS[index % COLORS.length] ?? INK;
}

function stroke(x1: number, y1: number, x2: number, y2: number, ink: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${ink}"/>`;
}

interface TextStyle {
  readonly anchor?: "middle" | "end";
  readonly weight?: string;
  readonly size?: number;
  readonly ink?: string;
}

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { anchor, weight, size, ink } = style;
  const attributes = [
    ...(anchor ? [`text-anchor="${anchor}"`] : []),
    ...(weight ? [`font-weight="${weight}"`] : []),
    ...(size ? [`font-size="${size}"`] : []),
    ...(ink ? [`fill="${ink}"`] : []),
  ];
  return `<text x="${x}" y="${y}" ${attributes.join(" ")}>${escaped(content)}</text>`;
}

/** 10000 as 10 000. */
function label(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
