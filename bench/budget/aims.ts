/** What the budget is compared with, at 1920×1080 on one host. */
import { type Aim, atMost } from "../../testing/report-lines.js";
import type { BudgetPreset } from "./clips.js";
import type { BudgetSums } from "./rows.js";
import type { WayName } from "./ways.js";

const AIM_SIZE = "1080p";
const ALL_BUT_FFMPEG_MS: Readonly<Record<BudgetPreset, number>> = { horizontal: 36, circle: 52 };
const BETWEEN_PROCESSES_MS = 4;
const OVER_ONE_PROCESS = 1.08;
const GRPC_OVER_SOCKET = 1.3;

/** Milliseconds of processor time of a frame. */
export interface Budget {
  readonly size: string;
  readonly preset: BudgetPreset;
  readonly way: WayName;
  readonly sums: BudgetSums;
  /** All of the one process, if it was measured. */
  readonly oneProcessMs?: number;
}

/** Only the aims for which there is a measurement. */
export function* budgetAims(budgets: readonly Budget[]): Generator<Aim> {
  const found = budgets.filter(({ size }) => size === AIM_SIZE);
  for (const { preset, sums, oneProcessMs } of found.filter(({ way }) => way === "socket")) {
    const limit = ALL_BUT_FFMPEG_MS[preset];
    yield atMost(`${preset}: all but ffmpeg`, sums.allButFfmpeg, limit, "ms");
    const between = `${preset}: frames between processes`;
    yield atMost(between, sums.betweenProcesses, BETWEEN_PROCESSES_MS, "ms");
    if (oneProcessMs !== undefined) {
      const ratio = sums.mesh / oneProcessMs;
      yield atMost(`${preset}: mesh over one process`, ratio, OVER_ONE_PROCESS, "times");
    }
    const byGrpc = found.find((other) => other.way === "grpc" && other.preset === preset);
    if (byGrpc) {
      const ratio = byGrpc.sums.sum / sums.sum;
      yield atMost(`${preset}: gRPC over the socket`, ratio, GRPC_OVER_SOCKET, "times");
    }
  }
}
