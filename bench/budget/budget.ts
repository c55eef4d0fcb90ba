/**
 * `npm run bench -- budget [--sizes 720p,1080p,4K]`: the processor time of a frame, by process and
 * thread, in a whole mesh whose services are on one host.
 *
 * Jobs of two lengths take turns, and what is told is their difference for each frame of it. Start,
 * scene and finished file cost the same in both, so they are not in it. No moment has to be caught,
 * and threads and children that end meanwhile are counted like those that live.
 */
import { join } from "node:path";
import { collect } from "../../kit/rpc/chunks.js";
import { untilEncodersKnown } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { type BenchMesh, runToEnd, startBenchMesh } from "../bench-mesh.js";
import { checkedSpec, prepareOneProcess, runOneProcess } from "../pipeline/one-process-job.js";
import { type Budget, budgetAims } from "./aims.js";
import { type BudgetPreset, type BudgetSize, budgetSpec, PRESETS, SIZES } from "./clips.js";
import { meshCost } from "./mesh-cost.js";
import { type OneProcessFrame, oneProcessFrame } from "./one-process.js";
import {
  type BudgetRows,
  medianRows,
  medianSums,
  perFrame,
  ROW_TITLES,
  ROWS,
  SUM_TITLES,
  SUMS,
} from "./rows.js";
import { SIZE_NAMES, type SizeName } from "./size-names.js";
import { WAYS } from "./ways.js";

/** The garbage of a scene is collected sooner or later, so single pairs differ by a millisecond. */
const RUNS = 5;
const JOB_TIMEOUT_MS = 600_000;

/** The place of a measurement: a clip in a mesh. */
interface Place {
  readonly bench: BenchMesh;
  readonly photo: Photo;
  readonly size: BudgetSize;
  readonly preset: BudgetPreset;
}

export async function* budget(
  [photo]: readonly Photo[],
  sizes: readonly SizeName[] = SIZE_NAMES,
): AsyncGenerator<BenchLine> {
  if (!photo) return;
  const budgets: Budget[] = [];
  for (const { name: way, environment } of WAYS) {
    const bench = await startBenchMesh({ environment });
    try {
      // The trials of other encoders would count as ffmpeg of the jobs beside them.
      await untilEncodersKnown(bench.client);
      for (const size of SIZES.filter(({ name }) => sizes.includes(name))) {
        for (const preset of PRESETS) {
          const clip = `${size.name} ${preset}`;
          process.stderr.write(`${clip}, ${way}\n`);
          const place = { bench, photo, size, preset };
          const depthMap = await warmUp(place);
          const runs = await framesOfMesh(place);
          const sums = medianSums(runs);
          const figure = figuresOf("budget", `${clip}, ${way}`);
          const rows = medianRows(runs);
          for (const row of ROWS) yield figure(ROW_TITLES[row], rows[row], "ms");
          for (const sum of SUMS) yield figure(SUM_TITLES[sum], sums[sum], "ms");
          const measured = { size: size.name, preset, way, sums };
          // One process does not depend on the way.
          if (budgets.some((other) => other.size === size.name && other.preset === preset)) {
            budgets.push(measured);
            continue;
          }
          const alone = await frameOfOneProcess(place, depthMap);
          const figureAlone = figuresOf("budget", `${clip}, one process`);
          yield figureAlone(ROW_TITLES.ffmpeg, alone.ffmpegMs, "ms");
          yield figureAlone(SUM_TITLES.allButFfmpeg, alone.ownMs, "ms");
          yield figureAlone(SUM_TITLES.sum, alone.totalMs, "ms");
          budgets.push({ ...measured, oneProcessMs: alone.totalMs });
        }
      }
    } finally {
      await bench.stop();
    }
  }
  yield* budgetAims(budgets);
}

/** The first job pays for code that is compiled on its first use. Returns its depth map, a PNG. */
async function warmUp({ bench, photo, size, preset }: Place): Promise<Uint8Array> {
  const spec = budgetSpec(size, preset, size.frames.long, 0);
  const { name } = await runToEnd(bench.client, spec, photo, JOB_TIMEOUT_MS);
  const { chunks } = await bench.client.readArtifact(`${name}/artifacts/depth.png`);
  return collect(chunks);
}

async function framesOfMesh({ bench, photo, size, preset }: Place): Promise<BudgetRows[]> {
  const runs: BudgetRows[] = [];
  for (let seed = 1; seed <= RUNS; seed++) {
    const cost = (frames: number) => {
      const run = () =>
        runToEnd(bench.client, budgetSpec(size, preset, frames, seed), photo, JOB_TIMEOUT_MS);
      return meshCost(bench.mesh, frames, run);
    };
    runs.push(perFrame(await cost(size.frames.short), await cost(size.frames.long)));
  }
  return runs;
}

async function frameOfOneProcess(
  { bench, photo, size, preset }: Place,
  depthMap: Uint8Array,
): Promise<OneProcessFrame> {
  const { short, long } = size.frames;
  const folder = join(bench.folder, `${size.name}-${preset}`);
  const specs = [short, long].map((frames) =>
    checkedSpec(budgetSpec(size, preset, frames, 0), long),
  );
  // One round more, which warms up.
  await prepareOneProcess(folder, specs, photo, depthMap, { runs: RUNS + 1, keepsFrames: false });
  const [shortRuns = [], longRuns = []] = await runOneProcess(folder);
  return oneProcessFrame(shortRuns, longRuns);
}
