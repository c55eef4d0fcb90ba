/**
 * `npm run eval -- depth|views`: scores depth models against ground truth, and drawn views against
 * true ones.
 */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { evaluate } from "./depth.js";
import { table } from "./table.js";
import { viewsCommand } from "./views/command.js";

interface DepthOptions {
  readonly dir: string;
  readonly models: readonly string[];
  readonly json?: string;
}

const program = new Command("eval").description("compare with the truth");
program
  .command("depth")
  .description("score depth models and two simple baselines on photographs with ground truth")
  .requiredOption(
    "--dir <folder>",
    "folder with photos NAME.* or NAME_rgb.* and their disparity NAME_disp.{png,pfm,npy,exr}",
  )
  .option("--models <names>", "comma-separated models (default: all that are installed)", split, [])
  .option("--json <file>", "also write every score to this file")
  .action(async ({ dir, models, json }: DepthOptions) => {
    const evaluation = await evaluate(dir, models);
    process.stdout.write(`${table(evaluation)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(evaluation, null, 1)}\n`);
  });

function split(text: string): string[] {
  return text.split(",").filter((name) => name !== "");
}

program.addCommand(viewsCommand);

await program.parseAsync();
process.exit();
