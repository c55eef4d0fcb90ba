/** A contact sheet: stills with their names on one picture. */
import sharp, { type OverlayOptions } from "sharp";
import type { Size } from "../../../core/geometry/size.js";
import { write } from "../../../core/preview/lettering.js";
import type { PreviewOptions } from "../../../core/preview/options.js";
import type { SheetLayout } from "../../../core/preview/sheet-layout.js";
import type { PreviewPicture } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import type { Picture } from "../render-scene.js";
import { encodeImage } from "./encode-picture.js";

const PAPER = "#15171b";
const INK = "#c9ced6";

export interface NamedStill {
  readonly name: string;
  readonly picture: Picture;
}

/** The stills must have the layout's size, and be as many as it has places. */
export async function contactSheet(
  stills: readonly NamedStill[],
  layout: SheetLayout,
  options: PreviewOptions,
): Promise<PreviewPicture> {
  const corners = await cornersOf(layout);
  const layers = stills.flatMap(({ picture: { rgb, width, height } }, i): OverlayOptions[] => {
    const { x: left = 0, y: top = 0 } = layout.stills[i] ?? {};
    return [
      { input: Buffer.from(rgb), raw: { width, height, channels: 3 }, left, top },
      { input: corners, raw: { width, height, channels: 4 }, left, top },
    ];
  });
  const { size } = layout;
  const sheet = sharp({ create: { ...size, channels: 3, background: PAPER } })
    .composite([...layers, { input: Buffer.from(namesOf(stills, layout)), left: 0, top: 0 }])
    .removeAlpha();
  // libvips encodes a composite from a copy: otherwise each row of it is composed twice.
  const { data } = await sheet.raw().toBuffer({ resolveWithObject: true });
  return encodeImage(sharp(data, { raw: { ...size, channels: 3 } }), size, options);
}

/** What of a still the paper covers, so that its corners are round: RGBA. */
async function cornersOf({ still, radius }: SheetLayout): Promise<Buffer> {
  const { width, height } = still;
  const path = `M0 0H${width}V${height}H0ZM${radius} 0H${width - radius}A${radius} ${radius} 0 0 1 ${width} ${radius}V${height - radius}A${radius} ${radius} 0 0 1 ${width - radius} ${height}H${radius}A${radius} ${radius} 0 0 1 0 ${height - radius}V${radius}A${radius} ${radius} 0 0 1 ${radius} 0Z`;
  const svg = svgOf(still, `<path fill="${PAPER}" fill-rule="evenodd" d="${path}"/>`);
  return sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();
}

function namesOf(stills: readonly NamedStill[], layout: SheetLayout): string {
  const { letterHeight, baseline, size } = layout;
  const names = stills.map(({ name }, i) => {
    const { x = 0, y = 0, height = 0 } = layout.stills[i] ?? {};
    const at = { x: x + letterHeight / 4, y: y + height + baseline, letterHeight, color: INK };
    return write(name, at).svg;
  });
  return svgOf(size, names.join(""));
}

function svgOf({ width, height }: Size, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
}
