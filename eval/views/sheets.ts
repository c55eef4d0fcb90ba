/** Contact sheets: what was drawn beside the truth, and the places where it is worst. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { PixelRectangle, Size } from "../../core/geometry/size.js";
import { BAND, HIDDEN, type Regions, SHOWN } from "./regions.js";
import type { DrawnViews } from "./views.js";

/** How much of a picture is shown at its own size, and how many such places. */
const CROP_PIXELS = 160;
const CROPS = 4;
/** Differences are drawn this much stronger. */
const DIFFERENCE_GAIN = 2;

interface Raster extends Size {
  readonly rgb: Uint8Array;
}

/** Collects the ways of one scene, path and map, and writes a sheet when the next one begins. */
export class Sheets {
  readonly #folder: string;
  #waiting: DrawnViews[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async add(drawn: DrawnViews): Promise<void> {
    const [first] = this.#waiting;
    const isSame =
      first?.scene === drawn.scene && first.preset === drawn.preset && first.map === drawn.map;
    if (!isSame) await this.finish();
    this.#waiting.push(drawn);
  }

  async finish(): Promise<void> {
    const ways = this.#waiting;
    this.#waiting = [];
    const [first] = ways;
    const moment = first?.moments[0];
    if (!first || !moment) return;
    await mkdir(this.#folder, { recursive: true });
    const name = join(this.#folder, `${first.scene}-${first.preset}-${first.map}`);
    const { width, height } = moment.regions;
    const truth: Raster = { rgb: moment.truth, width, height };
    const drawn = ways.flatMap(({ pictures: [rgb] }) => (rgb ? [{ rgb, width, height }] : []));
    const differences = drawn.map((picture) => difference(picture, truth, moment.regions));
    const regions = regionPicture(truth, moment.regions);
    await writeGrid(`${name}.png`, [
      [truth, ...drawn],
      [regions, ...differences],
    ]);
    const worst = worstPlaces(drawn, truth, moment.regions);
    const crops = worst.map((place) => [truth, ...drawn].map((picture) => cut(picture, place)));
    await writeGrid(`${name}-crops.png`, crops);
  }
}

/** Gray where both agree. What has no truth is darkened. */
function difference(picture: Raster, truth: Raster, { of }: Regions): Raster {
  const rgb = picture.rgb.map((value, i) => {
    if (!of[Math.floor(i / 3)]) return 40;
    const by = DIFFERENCE_GAIN * (value - (truth.rgb[i] ?? 0));
    return Math.max(0, Math.min(255, 128 + by));
  });
  return { ...picture, rgb };
}

/** The band in green, what the photo hides in red. */
function regionPicture(truth: Raster, { of }: Regions): Raster {
  const rgb = truth.rgb.map((value, i) => {
    const region = of[Math.floor(i / 3)] ?? 0;
    if (!region) return 40;
    const channel = i % 3;
    const isOn = (channel === 0 && region & HIDDEN) || (channel === 1 && region & BAND);
    return Math.min(255, value / 2 + (isOn ? 110 : 0));
  });
  return { ...truth, rgb };
}

/** Squares that do not overlap, with the largest errors of the last way beside silhouettes. */
function worstPlaces(drawn: readonly Raster[], truth: Raster, { of }: Regions): PixelRectangle[] {
  const { width, height } = truth;
  const [last] = drawn.slice(-1);
  const side = Math.min(CROP_PIXELS, width, height);
  const places: (PixelRectangle & { readonly error: number })[] = [];
  const stride = Math.max(1, side / 2);
  for (let y = 0; last && y + side <= height; y += stride) {
    for (let x = 0; x + side <= width; x += stride) {
      let error = 0;
      for (let row = y; row < y + side; row++) {
        for (let at = row * width + x; at < row * width + x + side; at++) {
          if (!((of[at] ?? 0) & SHOWN && (of[at] ?? 0) & (BAND | HIDDEN))) continue;
          for (let c = 3 * at; c < 3 * at + 3; c++) {
            error += ((last.rgb[c] ?? 0) - (truth.rgb[c] ?? 0)) ** 2;
          }
        }
      }
      places.push({ x, y, width: side, height: side, error });
    }
  }
  const chosen: PixelRectangle[] = [];
  for (const place of places.sort((a, b) => b.error - a.error)) {
    const isApart = chosen.every(
      ({ x, y }) => Math.abs(x - place.x) >= side || Math.abs(y - place.y) >= side,
    );
    if (isApart && chosen.length < CROPS) chosen.push(place);
  }
  return chosen;
}

function cut(picture: Raster, { x, y, width, height }: PixelRectangle): Raster {
  const rgb = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 3 * ((y + row) * picture.width + x);
    rgb.set(picture.rgb.subarray(from, from + 3 * width), 3 * row * width);
  }
  return { rgb, width, height };
}

/** Rows of pictures of one size, with gaps. */
async function writeGrid(file: string, rows: readonly (readonly Raster[])[]): Promise<void> {
  const [first] = rows.flat();
  if (!first) return;
  const gap = 4;
  const columns = Math.max(...rows.map((row) => row.length));
  const composite = rows.flatMap((row, j) =>
    row.map(({ rgb, width, height }, i) => ({
      input: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength),
      raw: { width, height, channels: 3 as const },
      left: i * (first.width + gap),
      top: j * (first.height + gap),
    })),
  );
  const width = columns * (first.width + gap) - gap;
  const height = rows.length * (first.height + gap) - gap;
  await sharp({ create: { width, height, channels: 3, background: "black" } })
    .composite(composite)
    .png({ compressionLevel: 4 })
    .toFile(file);
}
