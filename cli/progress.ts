/**
 * Progress of jobs and downloads on standard error: bars on a terminal, otherwise a line per step.
 */
import cliProgress from "cli-progress";
import { durationText } from "../core/quantity-text.js";
import type { JobProgress } from "../proto/gen/depthmesh/v1/job.js";
import { RemainingTime } from "./remaining-time.js";

const STAGES = ["depth", "render", "encode"] as const;
const JOB_STEP = 0.25;
const TRANSFER_STEP = 0.1;
const MIB = 1024 * 1024;

export interface ProgressView<T> {
  show(progress: T): void;
  close(): void;
}

/** Progress of a job, with one bar per stage. */
export function progressView(output: NodeJS.WriteStream = process.stderr) {
  return output.isTTY ? stageBars(output) : stageLines(output);
}

function stageBars(stream: NodeJS.WriteStream): ProgressView<JobProgress> {
  const format = "{stage} {bar} {percentage} %{left}";
  const remaining = new RemainingTime();
  const multi = new cliProgress.MultiBar(
    { stream, format, hideCursor: true, clearOnComplete: false, barsize: 40 },
    cliProgress.Presets.shades_classic,
  );
  const rows = STAGES.map((stage) => multi.create(1, 0, { stage: stage.padEnd(6), left: "" }));
  return {
    show: (progress) => {
      const left = queueText(progress) + leftText(remaining.after(progress, Date.now()));
      for (const [i, stage] of STAGES.entries()) {
        rows[i]?.update(progress[stage], { left: stage === "encode" ? left : "" });
      }
      multi.update();
    },
    close: once(() => multi.stop()),
  };
}

function stageLines(stream: NodeJS.WriteStream): ProgressView<JobProgress> {
  const shown = { depth: 0, render: 0, encode: 0 };
  const remaining = new RemainingTime();
  let queue = "";
  return {
    show: (progress) => {
      const text = queueText(progress);
      if (text !== "" && text !== queue) stream.write(`waiting${text}\n`);
      queue = text;
      const left = leftText(remaining.after(progress, Date.now()));
      for (const stage of STAGES) {
        const step = Math.floor(progress[stage] / JOB_STEP);
        if (step <= shown[stage]) continue;
        shown[stage] = step;
        stream.write(
          `${stage.padEnd(6)} ${Math.round(progress[stage] * 100)} %${stage === "depth" ? "" : left}\n`,
        );
      }
    },
    close: () => {},
  };
}

/** `, 2 jobs before it`; nothing for a job that does not wait. */
export function queueText({ queuePosition }: JobProgress): string {
  if (queuePosition === undefined) return "";
  if (queuePosition === 0) return ", next in the queue";
  return `, ${queuePosition} ${queuePosition === 1 ? "job" : "jobs"} before it`;
}

/** Below this the word "left" would be on the screen for longer than the time that it tells. */
const LEAST_LEFT_SECONDS = 0.5;

/** `, about 12 s left`; nothing while that is not known, and near the end. */
function leftText(seconds: number | undefined): string {
  return seconds !== undefined && seconds >= LEAST_LEFT_SECONDS
    ? `, about ${durationText(seconds)} left`
    : "";
}

/** How one photo of several ended. */
interface EndedPhoto {
  readonly plan: { readonly photo: string };
  readonly state: "done" | "failed";
}

/** Progress through several photos; `show` takes each as it ends. */
export function batchView(
  total: number,
  stream: NodeJS.WriteStream = process.stderr,
): ProgressView<EndedPhoto> {
  let ended = 0;
  if (!stream.isTTY) {
    return {
      show: ({ plan, state }) => {
        ended += 1;
        stream.write(`${ended} of ${total}: ${plan.photo} ${state}\n`);
      },
      close: () => {},
    };
  }
  const format = "{bar} {value} of {total} photos, {eta_formatted} left";
  const view = new cliProgress.SingleBar(
    { stream, format, hideCursor: true, barsize: 30, etaBuffer: 100 },
    cliProgress.Presets.shades_classic,
  );
  view.start(total, 0);
  return {
    show: () => {
      ended += 1;
      view.update(ended);
    },
    close: once(() => view.stop()),
  };
}

/** Bars print a line break each time that they are stopped. */
function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

const mib = (bytes: number) => (bytes / MIB).toFixed(1);

/** Progress of the download of one file; `show` takes the bytes received so far. */
export function transferView(
  label: string,
  totalBytes: number,
  output: NodeJS.WriteStream = process.stderr,
) {
  return output.isTTY
    ? transferBar(label, totalBytes, output)
    : transferLines(label, totalBytes, output);
}

function transferBar(
  label: string,
  totalBytes: number,
  stream: NodeJS.WriteStream,
): ProgressView<number> {
  const format = `${label} {bar} {percentage} %, {received} of ${mib(totalBytes)} MiB, {eta_formatted} left`;
  const view = new cliProgress.SingleBar(
    { stream, format, hideCursor: true, barsize: 30, etaBuffer: 100 },
    cliProgress.Presets.shades_classic,
  );
  view.start(totalBytes, 0, { received: "0.0" });
  return {
    show: (bytes) => view.update(bytes, { received: mib(bytes) }),
    close: once(() => view.stop()),
  };
}

function transferLines(
  label: string,
  totalBytes: number,
  stream: NodeJS.WriteStream,
): ProgressView<number> {
  let shown = 0;
  return {
    show: (bytes) => {
      const step = Math.floor(bytes / totalBytes / TRANSFER_STEP);
      if (step <= shown) return;
      shown = step;
      stream.write(`${label} ${mib(bytes)} of ${mib(totalBytes)} MiB\n`);
    },
    close: () => {},
  };
}
