/**
 * `npm run fuzz -- [--runs N] [--seed S] [--first N]`: decodes damaged photos. The exit code is 1
 * when one was handled wrongly.
 */
import { Command } from "commander";
import { count } from "../../cli/options.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { fuzzPhotos } from "./photos.js";

/** No photo may take longer. */
const LIMIT_MS = 5_000;

interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly first: number;
}

async function run(options: FuzzOptions): Promise<void> {
  const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: LIMIT_MS, stallMs: 60_000 });
  const summary = await fuzzPhotos(decoder, options);
  await decoder.close();
  process.stdout.write(`${JSON.stringify({ ...options, ...summary })}\n`);
  if (summary.defects.length > 0 || summary.slowestMs > LIMIT_MS) process.exitCode = 1;
}

await new Command("fuzz")
  .description("send damaged photos through the structure check and the decoder")
  .option("--runs <n>", "number of photos", count(1, 10_000_000), 10_000)
  .option("--seed <n>", "seed of the damage", count(0, 1_000_000), 1)
  .option("--first <n>", "number of the first photo", count(0, 10_000_000), 0)
  .action(run)
  .parseAsync();
process.exit();
