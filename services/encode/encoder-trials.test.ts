/** Encoders are tried once, when a job needs them, and the trials end with the worker. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import type { Codec } from "../../core/output/codecs.js";
import { isAlive } from "../../kit/process/process-stat.js";
import { eventually } from "../../testing/eventually.js";
import { configureGuard } from "./config.js";
import { EncoderTrials } from "./encoder-trials.js";
import { ENCODERS } from "./encoders.js";
import { TrialMemory } from "./trial-memory.js";

const folder = await mkdtemp(join(tmpdir(), "trials-"));
after(() => rm(folder, { recursive: true, force: true }));

const NEVER = new AbortController().signal;
const SMALL = ["libx264", "gif", "png", "ffv1"];
const SMALL_ROWS = ENCODERS.filter(({ name }) => SMALL.includes(name));
/** What each trial encodes with, one name a line. */
const tried = async (ffmpeg: string) =>
  (await readFile(`${ffmpeg}.runs`, "utf8")).split("\n").filter(Boolean);

/** An ffmpeg that answers questions, and notes each trial before it runs `encode`. */
async function notingFfmpeg(name: string, encode: string): Promise<string> {
  const path = join(folder, name);
  const lines = [
    "#!/bin/sh",
    'case " $* " in',
    `  *" -i "*) echo "$*" | sed 's/.* -c:v \\([^ ]*\\).*/\\1/' >> "$0.runs"; ${encode} ;;`,
    '  *) exec ffmpeg "$@" ;;',
    "esac",
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  await chmod(path, 0o755);
  await writeFile(`${path}.runs`, "");
  configureGuard({
    ffmpeg: path,
    encoderMemoryBytes: 2 ** 31,
    encoderFileBytes: 2 ** 30,
    encoderCpuSeconds: 60,
  });
  return path;
}

const outputs = (codec: Codec) => [{ codec }];
const trialsOf = (memory?: TrialMemory) =>
  new EncoderTrials({
    compiled: new Set(SMALL),
    hardware: false,
    encoders: SMALL_ROWS,
    ...(memory && { memory }),
  });

test("an abort ends trials that hang, with their processes, and begins no other", async () => {
  const ffmpeg = await notingFfmpeg("hanging", 'echo $$ >> "$0.pids"; exec sleep 600');
  const pids = async () =>
    (await readFile(`${ffmpeg}.pids`, "utf8").catch(() => "")).split("\n").filter(Boolean);
  const stop = new AbortController();
  const trying = new EncoderTrials({
    compiled: new Set(["libx264", "libx265", "libvpx-vp9", "gif"]),
    hardware: false,
    signal: stop.signal,
  }).all();
  await eventually("two trials run", async () => (await pids()).length === 2);
  const why = new Error("stopping");
  stop.abort(why);
  await assert.rejects(trying, (error) => error === why);
  const started = await pids();
  assert.equal(started.length, 2);
  assert.deepEqual(started.map(Number).filter(isAlive), []);
});

test("a job waits for the encoders of its codec only, and each is tried once", async () => {
  const ffmpeg = await notingFfmpeg("working", 'exec ffmpeg "$@"');
  const trials = trialsOf();
  const names = () =>
    trials.plan(outputs("gif"), (working) => working.map(({ name }) => name), NEVER);
  assert.deepEqual(await Promise.all([names(), names()]), [["gif"], ["gif"]]);
  assert.deepEqual(await tried(ffmpeg), ["gif"]);
  const all = await trials.all();
  assert.deepEqual(
    all.map(({ encoder, works }) => [encoder.name, works]),
    SMALL_ROWS.map(({ name }) => [name, true]),
  );
  assert.deepEqual((await tried(ffmpeg)).sort(), [...SMALL].sort());
});

test("an error of the plan is that of all encoders, because it names what works here", async () => {
  await notingFfmpeg("for-errors", 'exec ffmpeg "$@"');
  const known: string[] = [];
  const plan = (working: readonly { readonly name: string }[]) => {
    known.push(working.map(({ name }) => name).join(" "));
    throw new DepthmeshError("CODEC_UNAVAILABLE", "none");
  };
  await assert.rejects(trialsOf().plan(outputs("gif"), plan, NEVER), {
    reason: "CODEC_UNAVAILABLE",
  });
  assert.deepEqual(known, ["gif", SMALL_ROWS.map(({ name }) => name).join(" ")]);
});

test("what works is tried again neither by the next process nor by one beside it, until an encoder crashes", async () => {
  const ffmpeg = await notingFfmpeg("remembered", 'exec ffmpeg "$@"');
  const cache = join(folder, "cache");
  const memory = () => new TrialMemory({ folder: cache, conditions: "a", hasNoHardware: true });
  const first = await trialsOf(memory()).all();
  assert.equal((await tried(ffmpeg)).length, SMALL.length);
  const next = trialsOf(memory());
  assert.deepEqual(await next.all(), first);
  assert.equal((await tried(ffmpeg)).length, SMALL.length);
  next.distrust(new DepthmeshError("ENCODER_CRASHED", "the video encoder was killed"));
  await trialsOf(memory()).all();
  assert.equal((await tried(ffmpeg)).length, 2 * SMALL.length);
});
