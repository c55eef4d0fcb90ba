/**
 * `npm run bench -- NAME [options]`: runs a bench and prints its figures and aims as JSON lines.
 */
import { Command, InvalidArgumentError } from "commander";
import { listPhotos, type Photo } from "../testing/photos.js";
import type { BenchLine } from "../testing/report-lines.js";

interface BenchOptions {
  readonly photos?: string;
  readonly natsServer?: string;
  readonly jobs?: number;
}

type Bench = (photos: readonly Photo[], options: BenchOptions) => AsyncIterable<BenchLine>;

/**
 * Only the bench that runs is loaded: `gl` works in one thread per process, and benches differ in
 * which.
 */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  depth: async () => (await import("./depth/depth.js")).depth,
  effects: async () => (await import("./render/effects.js")).effects,
  mesh: async () => {
    const { mesh } = await import("./mesh/mesh.js");
    return (_, { natsServer }) => mesh(natsServer);
  },
  pipeline: async () => (await import("./pipeline/pipeline.js")).pipeline,
  recovery: async () => (await import("./recovery/recovery.js")).recovery,
  "render-soak": async () => (await import("./render/soak.js")).renderSoak,
  render: async () => (await import("./render/render.js")).render,
  soak: async () => {
    const { soak } = await import("./soak.js");
    return (photos, { jobs }) => soak(photos, jobs);
  },
};

function jobCount(value: string): number {
  const jobs = Number(value);
  if (Number.isInteger(jobs) && jobs > 0) return jobs;
  throw new InvalidArgumentError("must be a whole number above 0");
}

async function run(name: string, options: BenchOptions): Promise<void> {
  const load = BENCHES[name];
  if (!load)
    throw new Error(
      `there is no bench ${name}; the benches are: ${Object.keys(BENCHES).join(", ")}`,
    );
  const bench = await load();
  for await (const line of bench(await listPhotos(options.photos), options)) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

await new Command("bench")
  .description("run a bench; it prints one JSON object per line")
  .argument("<name>", Object.keys(BENCHES).join(", "))
  .option("--photos <dir>", "folder of photographs (default samples/)")
  .option("--nats-server <path>", "path of another nats-server to measure too (mesh)")
  .option("--jobs <n>", "number of jobs (soak; default 2000)", jobCount)
  .action(run)
  .parseAsync();
process.exit();
