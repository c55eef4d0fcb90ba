/** One clip on an otherwise idle mesh: how its latency falls with the number of workers. */
import type { Measured } from "../mesh/measured.js";
import { runScenario } from "./run-scenario.js";
import { Scenario } from "./scenario.js";

export interface SpeedUpQuestion {
  readonly height: 360 | 720 | 1080;
  readonly seconds: number;
  readonly segmentSeconds: number;
  /** Of each worker of render and encode. */
  readonly cores: number;
}

export interface SpeedUp {
  readonly workers: number;
  /** From the request to the end of the job, mean of the seeds. */
  readonly seconds: number;
  /** Over one worker that makes the same segments. */
  readonly speedUp: number;
}

const SEEDS = 10;

/** With so many workers of render and as many of encode. */
export function speedUps(
  question: SpeedUpQuestion,
  workerCounts: readonly number[],
  measured: Measured,
): readonly SpeedUp[] {
  const alone = meanSeconds(question, 1, measured);
  return workerCounts.map((workers) => {
    const seconds = meanSeconds(question, workers, measured);
    return { workers, seconds, speedUp: alone / seconds };
  });
}

function meanSeconds(question: SpeedUpQuestion, workers: number, measured: Measured): number {
  const { height, seconds, segmentSeconds, cores } = question;
  let sum = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const pool = { workers, cores };
    const scenario = Scenario.parse({
      ...{ name: "speed-up", seed, hours: 1, segmentSeconds },
      clips: [{ height, seconds }],
      arrivals: [{ kind: "burst", jobs: 1, atHour: 0 }],
      pools: { depth: { workers: 1, cores }, render: pool, encode: pool },
    });
    sum += runScenario(scenario, { measured }).latency.p50;
  }
  return sum / SEEDS;
}
