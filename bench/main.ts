/**
 * `npm run bench -- NAME [options]`: runs a bench and prints its figures and aims as JSON lines, or
 * as tables. The exit status is 1 if an aim was missed.
 */
import { Command, InvalidArgumentError } from "commander";
import { listPhotos, type Photo } from "../testing/photos.js";
import type { BenchLine } from "../testing/report-lines.js";
import { markdownReport } from "../testing/report-markdown.js";
import { SIZE_NAMES, type SizeName } from "./budget/size-names.js";
import { ATTACK_NAMES, type AttackName } from "./hostile/attack-plan.js";

const MISSED = 1;

interface BenchOptions {
  readonly photos?: string;
  readonly natsServer?: string;
  readonly jobs?: number;
  readonly sizes?: readonly SizeName[];
  readonly attacks?: readonly AttackName[];
  readonly markdown?: boolean;
}

type Bench = (photos: readonly Photo[], options: BenchOptions) => AsyncIterable<BenchLine>;

/**
 * Only the bench that runs is loaded: `gl` works in one thread per process, and benches differ in
 * which.
 */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  blobs: async () => (await import("./blobs/blobs.js")).blobs,
  budget: async () => {
    const { budget } = await import("./budget/budget.js");
    return (photos, { sizes }) => budget(photos, sizes);
  },
  catalogue: async () => (await import("./catalogue/catalogue.js")).catalogue,
  depth: async () => (await import("./depth/depth.js")).depth,
  effects: async () => (await import("./render/effects.js")).effects,
  gateway: async () => (await import("./gateway/gateway.js")).gateway,
  hostile: async () => {
    const { hostile } = await import("./hostile/hostile.js");
    return (_, { attacks }) => hostile(attacks);
  },
  mesh: async () => {
    const { mesh } = await import("./mesh/mesh.js");
    return (_, { natsServer }) => mesh(natsServer);
  },
  metrics: async () => (await import("./metrics/metrics.js")).metrics,
  pipeline: async () => (await import("./pipeline/pipeline.js")).pipeline,
  preview: async () => (await import("./preview/preview.js")).preview,
  recovery: async () => (await import("./recovery/recovery.js")).recovery,
  "render-soak": async () => (await import("./render/soak.js")).renderSoak,
  render: async () => (await import("./render/render.js")).render,
  segments: async () => (await import("./segments/segments.js")).segments,
  start: async () => (await import("./start/start.js")).start,
  web: async () => (await import("./web/web.js")).web,
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

function sizeNames(value: string): SizeName[] {
  return value.split(",").map((word) => {
    const name = SIZE_NAMES.find((known) => known.toLowerCase() === word.toLowerCase());
    if (name) return name;
    throw new InvalidArgumentError(`must be of ${SIZE_NAMES.join(", ")}`);
  });
}

function attackNames(value: string): AttackName[] {
  return value.split(",").map((word) => {
    const name = ATTACK_NAMES.find((known) => known === word);
    if (name) return name;
    throw new InvalidArgumentError(`must be of ${ATTACK_NAMES.join(", ")}`);
  });
}

async function run(name: string, options: BenchOptions): Promise<void> {
  const load = BENCHES[name];
  if (!load)
    throw new Error(
      `there is no bench ${name}; the benches are: ${Object.keys(BENCHES).join(", ")}`,
    );
  const bench = await load();
  const lines: BenchLine[] = [];
  for await (const line of bench(await listPhotos(options.photos), options)) {
    lines.push(line);
    if (!options.markdown) process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  if (options.markdown) process.stdout.write(markdownReport(lines));
  // All figures are told also when an aim is missed; the status tells it to scripts.
  if (lines.some((line) => "aim" in line && !line.met)) process.exitCode = MISSED;
}

await new Command("bench")
  .description(
    "run a bench; it prints one JSON object per line, and exits with 1 if an aim was missed",
  )
  .argument("<name>", Object.keys(BENCHES).join(", "))
  .option("--photos <dir>", "folder of photographs (default samples/)")
  .option("--nats-server <path>", "path of another nats-server to measure too (mesh)")
  .option("--sizes <names>", "sizes of frames: 720p,1080p,4K (budget; default all)", sizeNames)
  .option("--attacks <names>", `attacks: ${ATTACK_NAMES.join(",")} (hostile)`, attackNames)
  .option("--markdown", "print tables at the end, to paste into the docs")
  .option("--jobs <n>", "number of jobs (soak; default 2000)", jobCount)
  .action(run)
  .parseAsync();
process.exit();
