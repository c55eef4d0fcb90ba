/** `npm run bench -- NAME [--photos DIR]`: figures and aims as JSON lines. */
import { Command } from "commander";
import { depth } from "./depth/depth.js";
import { listPhotos, type Photo } from "./photos.js";
import { pipeline } from "./pipeline.js";
import { render } from "./render/render.js";
import type { BenchLine } from "./report.js";

const BENCHES: Readonly<Record<string, (photos: readonly Photo[]) => AsyncIterable<BenchLine>>> = {
  depth,
  pipeline,
  render,
};

async function run(name: string, options: { photos?: string }): Promise<void> {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`no bench ${name}; there are: ${Object.keys(BENCHES).join(", ")}`);
  for await (const line of bench(await listPhotos(options.photos))) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

await new Command("bench")
  .description("measures, and prints one JSON object a line")
  .argument("<name>", Object.keys(BENCHES).join(", "))
  .option("--photos <dir>", "folder of photographs (default samples/)")
  .action(run)
  .parseAsync();
process.exit();
