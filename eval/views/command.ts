/** `npm run eval -- views`: its options, and what it prints. */
import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import type { Size } from "../../core/geometry/size.js";
import { MAP_KINDS } from "./degrade.js";
import { SCENE_NAMES } from "./scenes.js";
import { Sheets } from "./sheets.js";
import { readStereoPairs } from "./stereo-pairs.js";
import {
  type DrawnViews,
  evaluateStereo,
  evaluateViews,
  PRESETS,
  type ViewsOptions,
} from "./views.js";
import { viewsLines, viewsTable } from "./views-table.js";
import { USUAL_WAYS, WAYS } from "./ways.js";

interface CommandOptions extends ViewsOptions {
  readonly json?: string;
  readonly out?: string;
  readonly stereo?: string;
}

export const viewsCommand = new Command("views")
  .description(
    "compare drawn views with the true ones of made scenes: PSNR of the whole, of the band of 8 " +
      "pixels (at 720p) around silhouettes, of what the photo hides, and of the rest; then how much " +
      "static pixels beside silhouettes change between two frames; then the aims as JSON lines",
  )
  .option("--size <w>x<h>", "size of photo and frames", sizeOf, { width: 1280, height: 720 })
  .option("--scenes <n|names>", `how many, or some of ${SCENE_NAMES.join(",")}`, scenesOf, [
    ...SCENE_NAMES,
  ])
  .option("--seed <n>", "other scenes of the same kinds", wholeNumber, 1)
  .option("--presets <names>", "some of the camera paths", listOf(PRESETS), [...PRESETS])
  .option("--maps <kinds>", "exact, or as an estimator gives them", listOf(MAP_KINDS), [
    ...MAP_KINDS,
  ])
  .option("--ways <names>", `some of ${WAYS.join(",")}`, listOf(WAYS), [...USUAL_WAYS])
  .option("--json <file>", "also write every score to this file")
  .option("--out <folder>", "also write contact sheets: truth and each way, differences, crops")
  .option(
    "--stereo <folder>",
    "predict real right pictures instead: NAME_left.png, NAME_right.png, and the left one's " +
      "disparity NAME_disp.pfm in pixels, or .png in pixels (8 bits) or 256ths of a pixel (16 bits)",
  )
  .action(run);

async function run({ json, out, stereo, ...options }: CommandOptions): Promise<void> {
  const sheets = out === undefined ? undefined : new Sheets(out);
  const startedAtMs = performance.now();
  const onDrawn = async (drawn: DrawnViews) => {
    await sheets?.add(drawn);
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    const { scene, preset, map, way } = drawn;
    process.stderr.write(`${seconds} s: ${scene}, ${preset}, map ${map}, ${way}\n`);
  };
  const longSide = Math.max(options.size.width, options.size.height);
  const scores =
    stereo === undefined
      ? await evaluateViews(options, onDrawn)
      : await evaluateStereo(await readStereoPairs(stereo, longSide), options.ways, onDrawn);
  await sheets?.finish();
  process.stdout.write(`${viewsTable(scores)}\n\n`);
  for (const line of viewsLines(scores)) process.stdout.write(`${JSON.stringify(line)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(scores, null, 1)}\n`);
}

function sizeOf(text: string): Size {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (size.width >= 64 && size.height >= 64 && size.width % 2 === 0 && size.height % 2 === 0) {
    return size;
  }
  throw new InvalidArgumentError("must be two even numbers from 64, such as 640x360");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("must be a whole number from 0");
}

function scenesOf(text: string): string[] {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return SCENE_NAMES.slice(0, count);
  return listOf(SCENE_NAMES)(text);
}

/** Some of `known`, separated by commas. */
function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(",").map((name) => {
      const found = known.find((one) => one === name);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`${name} is none of ${known.join(", ")}`);
    });
}
