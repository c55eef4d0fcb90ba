/** `npm run bench -- NAME [--photos DIR]`: figures and aims as JSON lines. */
import { Command } from "commander";
import { listPhotos, type Photo } from "./photos.js";
import type { BenchLine } from "./report.js";

type Bench = (photos: readonly Photo[]) => AsyncIterable<BenchLine>;

/** Loaded one at a time: `gl` works in one thread of a process only, and not in the same one for each. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  depth: async () => (await import("./depth/depth.js")).depth,
  effects: async () => (await import("./effects.js")).effects,
  pipeline: async () => (await import("./pipeline/pipeline.js")).pipeline,
  "render-soak": async () => (await import("./render-soak.js")).renderSoak,
  render: async () => (await import("./render/render.js")).render,
};

async function run(name: string, options: { photos?: string }): Promise<void> {
  const load = BENCHES[name];
  if (!load) throw new Error(`no bench ${name}; there are: ${Object.keys(BENCHES).join(", ")}`);
  const bench = await load();
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
