/** A bar a stage on a terminal; a line a step elsewhere. */
import cliProgress from "cli-progress";
import type { JobProgress } from "../proto/gen/depthmesh/v1/job.js";

const STAGES = ["depth", "render", "encode"] as const;
const STEP = 0.25;

export interface ProgressView {
  show(progress: JobProgress): void;
  close(): void;
}

export function progressView(output: NodeJS.WriteStream = process.stderr): ProgressView {
  return output.isTTY ? bars(output) : lines(output);
}

function bars(stream: NodeJS.WriteStream): ProgressView {
  const format = "{stage} {bar} {percentage} %";
  const multi = new cliProgress.MultiBar(
    { stream, format, hideCursor: true, clearOnComplete: false, barsize: 40 },
    cliProgress.Presets.shades_classic,
  );
  const rows = STAGES.map((stage) => multi.create(1, 0, { stage: stage.padEnd(6) }));
  return {
    show: (progress) => {
      for (const [i, stage] of STAGES.entries()) rows[i]?.update(progress[stage]);
      multi.update();
    },
    close: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): ProgressView {
  const told = { depth: 0, render: 0, encode: 0 };
  return {
    show: (progress) => {
      for (const stage of STAGES) {
        const step = Math.floor(progress[stage] / STEP);
        if (step <= told[stage]) continue;
        told[stage] = step;
        stream.write(`${stage.padEnd(6)} ${Math.round(progress[stage] * 100)} %\n`);
      }
    },
    close: () => {},
  };
}

const MIB = 1024 * 1024;
const TRANSFER_STEP = 0.1;

export interface TransferView {
  show(receivedBytes: number): void;
  close(): void;
}

export function transferView(
  label: string,
  totalBytes: number,
  output: NodeJS.WriteStream = process.stderr,
): TransferView {
  return output.isTTY
    ? transferBar(label, totalBytes, output)
    : transferLines(label, totalBytes, output);
}

const mib = (bytes: number) => (bytes / MIB).toFixed(1);

function transferBar(label: string, totalBytes: number, stream: NodeJS.WriteStream): TransferView {
  const format = `${label} {bar} {percentage} %, {received} of ${mib(totalBytes)} MiB, {eta_formatted} left`;
  const view = new cliProgress.SingleBar(
    { stream, format, hideCursor: true, barsize: 30, etaBuffer: 100 },
    cliProgress.Presets.shades_classic,
  );
  view.start(totalBytes, 0, { received: "0.0" });
  return {
    show: (bytes) => view.update(bytes, { received: mib(bytes) }),
    close: () => view.stop(),
  };
}

function transferLines(
  label: string,
  totalBytes: number,
  stream: NodeJS.WriteStream,
): TransferView {
  let told = 0;
  return {
    show: (bytes) => {
      const step = Math.floor(bytes / totalBytes / TRANSFER_STEP);
      if (step <= told) return;
      told = step;
      stream.write(`${label} ${mib(bytes)} of ${mib(totalBytes)} MiB\n`);
    },
    close: () => {},
  };
}
