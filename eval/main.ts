/** `npm run eval -- depth --dir DIR [--models a,b] [--json FILE]`. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { evaluate } from "./depth.js";
import { table } from "./table.js";

interface DepthOptions {
  readonly dir: string;
  readonly models: readonly string[];
  readonly json?: string;
}

const program = new Command("eval").description("scores against ground truth");
program
  .command("depth")
  .description("depth models and two plain priors on photographs with ground truth")
  .requiredOption(
    "--dir <folder>",
    "NAME.* or NAME_rgb.* beside NAME_disp.{png,pfm,npy,exr}, disparity",
  )
  .option("--models <names>", "comma between them; all installed ones without it", split, [])
  .option("--json <file>", "write every score there too")
  .action(async ({ dir, models, json }: DepthOptions) => {
    const evaluation = await evaluate(dir, models);
    process.stdout.write(`${table(evaluation)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(evaluation, null, 1)}\n`);
  });

function split(text: string): string[] {
  return text.split(",").filter((name) => name !== "");
}

await program.parseAsync();
process.exit();
