/**
 * `npm run eval -- depth|views`: scores refined maps and depth models against ground truth, and
 * drawn views against true ones.
 */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { evaluate } from "./depth.js";
import { evaluateRefinement } from "./refinement.js";
import { refinementLines, refinementTable } from "./refinement-table.js";
import { table } from "./table.js";
import { viewsCommand } from "./views/command.js";
import { SCENE_NAMES } from "./views/scenes.js";

interface DepthOptions {
  readonly dir?: string;
  readonly models: readonly string[];
  readonly json?: string;
  readonly scenes: readonly string[];
  readonly seed: string;
  readonly views?: true;
}

const program = new Command("eval").description("compare with the truth");
program
  .command("depth")
  .description(
    "score how maps are refined, on made scenes, with aims as JSON lines; or, with --dir, depth " +
      "models and two simple baselines on photographs with ground truth",
  )
  .option(
    "--dir <folder>",
    "folder with photos NAME.* or NAME_rgb.* and their disparity NAME_disp.{png,pfm,npy,exr}",
  )
  .option("--models <names>", "comma-separated models (default: all that are installed)", split, [])
  .option("--scenes <names>", "some of the made scenes", split, SCENE_NAMES)
  .option("--seed <n>", "other made scenes of the same kinds", "1")
  .option("--views", "also draw views with the maps of made scenes and compare them with true ones")
  .option("--json <file>", "also write every score to this file")
  .action(async (options: DepthOptions) => {
    const scores = options.dir === undefined ? await refinement(options) : await models(options);
    if (options.json === undefined) return;
    await writeFile(options.json, `${JSON.stringify(scores, null, 1)}\n`);
  });

async function models({ dir = "", models: names }: DepthOptions): Promise<unknown> {
  const evaluation = await evaluate(dir, names);
  process.stdout.write(`${table(evaluation)}\n`);
  return evaluation;
}

async function refinement({ scenes, seed, views }: DepthOptions): Promise<unknown> {
  const size = { width: 1280, height: 720 };
  const options = { scenes, seed: Number(seed), size, drawsViews: views === true };
  const scores = await evaluateRefinement(options);
  process.stdout.write(`${refinementTable(scores)}\n\n`);
  for (const line of refinementLines(scores)) process.stdout.write(`${JSON.stringify(line)}\n`);
  return scores;
}

function split(text: string): string[] {
  return text.split(",").filter((name) => name !== "");
}

program.addCommand(viewsCommand);

await program.parseAsync();
process.exit();
