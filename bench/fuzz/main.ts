/**
 * `npm run fuzz -- [KIND...] [--runs N] [--seed S] [--first N]`: sends damaged photos, depth maps,
 * sounds and protobuf messages to what receives them. The exit code is 1 when one was handled
 * wrongly or took too long.
 */
import { Command } from "commander";
import { count } from "../../cli/options.js";
import { type FuzzTarget, fuzz } from "./fuzz.js";
import { openMaps } from "./maps.js";
import { openMessages } from "./messages.js";
import { openPhotos } from "./photos.js";
import { openSounds } from "./sounds.js";

interface Kind {
  readonly open: () => Promise<FuzzTarget> | FuzzTarget;
  /** Its part of the runs: a photo is decoded, which takes a hundred times as long as a check. */
  readonly share: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  photos: { open: openPhotos, share: 0.1 },
  maps: { open: openMaps, share: 0.2 },
  sounds: { open: openSounds, share: 0.2 },
  messages: { open: openMessages, share: 0.5 },
};

interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly first: number;
}

async function run(asked: string[], { runs, seed, first }: FuzzOptions): Promise<void> {
  const names = asked.length > 0 ? asked : Object.keys(KINDS);
  const unknown = names.find((name) => !KINDS[name]);
  if (unknown) throw new Error(`${unknown} is none of ${Object.keys(KINDS).join(", ")}`);
  const shares = names.map((name) => KINDS[name]?.share ?? 0);
  const all = shares.reduce((sum, share) => sum + share, 0);
  for (const [i, name] of names.entries()) {
    const target = await KINDS[name]?.open();
    if (!target) continue;
    const part = Math.round((runs * (shares[i] ?? 0)) / all);
    const summary = await fuzz(target, { runs: part, seed, first });
    await target.close();
    process.stdout.write(`${JSON.stringify({ kind: name, seed, first, ...summary })}\n`);
    if (summary.defects.length > 0) process.exitCode = 1;
  }
}

await new Command("fuzz")
  .description("send damaged inputs to what receives them")
  .argument("[kinds...]", `${Object.keys(KINDS).join(", ")}; all by default`)
  .option("--runs <n>", "number of inputs, of all kinds together", count(1, 10_000_000), 100_000)
  .option("--seed <n>", "seed of the damage", count(0, 1_000_000), 1)
  .option("--first <n>", "number of the first input of each kind", count(0, 10_000_000), 0)
  .action(run)
  .parseAsync();
process.exit();
