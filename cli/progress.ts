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
