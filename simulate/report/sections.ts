/** The tables and charts of docs/scale.md, each from what was measured. */
import type { Measured, MeasuredClip } from "../mesh/measured.js";
import type { Result } from "../results/result.js";
import { type SpeedUpQuestion, speedUps } from "../scenarios/clip-speedup.js";
import { saturationOf, sweep } from "../scenarios/saturation.js";
import type { Compared, ComparedLatency } from "./compared.js";
import { duration, markdownTable, percent, rough } from "./format.js";
import { lineChart } from "./line-chart.js";
import { threeOf } from "./result-table.js";

const WORKERS = [1, 2, 4, 8];
/** Of the speed-up over the number of workers. */
const AIM = 0.85;

export function measuredTable({ clips }: Measured): string {
  const mean = (samples: readonly number[]) =>
    String(Math.round(samples.reduce((sum, each) => sum + each, 0) / samples.length));
  const row = (clip: MeasuredClip) => [
    `${clip.height}p ${clip.preset}`,
    mean(clip.depthMs),
    mean(clip.renderOnceMs),
    mean(clip.renderFrameMs),
    percent(clip.renderSerialShare),
    mean(clip.encodeOnceMs),
    mean(clip.encodeFrameMs),
  ];
  const head = ["clip", "depth", "render, once", "a frame", "of it one thread"];
  return markdownTable([...head, "encode, once", "a frame"], clips.map(row));
}

/** Clips whose speed-up the page tells. */
export const SPEED_UP_QUESTIONS: readonly SpeedUpQuestion[] = [
  ...([1, 2, 4] as const).map((cores) => ({
    ...({ height: 1080, seconds: 20, segmentSeconds: 5, cores } as const),
  })),
  { height: 1080, seconds: 20, segmentSeconds: 1, cores: 1 },
  { height: 1080, seconds: 40, segmentSeconds: 5, cores: 1 },
  { height: 1080, seconds: 120, segmentSeconds: 5, cores: 1 },
];

export function speedUpTable(measured: Measured): string {
  const rows = SPEED_UP_QUESTIONS.map((question) => {
    const { seconds, segmentSeconds, cores } = question;
    const found = speedUps(question, WORKERS, measured);
    const cells = found.map(({ workers, seconds: latency, speedUp }) => {
      const times = `${speedUp.toFixed(2)} (${duration(latency)})`;
      return speedUp >= AIM * workers ? `**${times}**` : times;
    });
    return [`${seconds} s`, `${segmentSeconds} s`, String(cores), ...cells];
  });
  return markdownTable(["clip", "segments", "cores", ...WORKERS.map((n) => `${n}`)], rows);
}

export function speedUpChart(measured: Measured): string {
  const counts = [1, 2, 3, 4, 5, 6, 7, 8];
  const line = (name: string, question: SpeedUpQuestion) => ({
    name,
    points: speedUps(question, counts, measured).map(
      ({ workers, speedUp }) => [workers, speedUp] as const,
    ),
  });
  const clip = { height: 1080, cores: 1 } as const;
  return lineChart({
    title: "One 1080p clip on N workers of each stage, one core each",
    x: { title: "workers of render, and as many of encode", ticks: counts },
    y: { title: "times as fast as one", ticks: [0, 2, 4, 6, 8] },
    lines: [
      line("20 s, segments of 5 s", { ...clip, seconds: 20, segmentSeconds: 5 }),
      line("20 s, segments of 1 s", { ...clip, seconds: 20, segmentSeconds: 1 }),
      line("120 s, segments of 5 s", { ...clip, seconds: 120, segmentSeconds: 5 }),
      {
        name: `${AIM} · N`,
        points: counts.map((count) => [count, AIM * count] as const),
        isDashed: true,
      },
    ],
  });
}

export function laneTable({ laneLatency }: Result): string {
  return markdownTable(
    ["lane", "latency p50, p95, p99"],
    (["high", "normal", "low"] as const).map((lane) => [lane, threeOf(laneLatency[lane])]),
  );
}

/** Orders of render that wait, and workers of render. */
export function courseChart(result: Result, title: string, hours: number): string {
  const within = result.moments.filter(({ atSeconds }) => atSeconds <= 3_600 * hours);
  const tickOf = (highest: number) => {
    const step = 10 ** Math.floor(Math.log10(highest));
    const most = Math.ceil(highest / step) * step;
    return [0, most / 4, most / 2, (3 * most) / 4, most];
  };
  const waiting = within.map(({ waiting }) => waiting.depth + waiting.render + waiting.encode);
  const workers = within.map((moment) => moment.workers.render);
  const most = Math.max(...workers);
  const factor = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(...waiting) / most)));
  const xOf = (index: number) => (within[index]?.atSeconds ?? 0) / 3_600;
  return lineChart({
    title,
    x: { title: "hours", ticks: [0, hours / 4, hours / 2, (3 * hours) / 4, hours] },
    y: { title: "orders, workers", ticks: tickOf(Math.max(...waiting, factor * most)) },
    lines: [
      { name: "orders that wait", points: waiting.map((value, index) => [xOf(index), value]) },
      {
        name: factor === 1 ? "render workers" : `${factor} × render workers`,
        points: workers.map((value, index) => [xOf(index), factor * value]),
      },
    ],
  });
}

const SATURATION_CLIPS = [
  { name: "3 s 360p", clip: { height: 360, preset: "horizontal", seconds: 3 } },
  { name: "3 s 720p", clip: { height: 720, preset: "horizontal", seconds: 3 } },
  { name: "6 s 1080p", clip: { height: 1080, preset: "circle", seconds: 6 } },
  { name: "20 s 1080p, segments", clip: { height: 1080, preset: "circle", seconds: 20 } },
] as const;

export function saturationTable(measured: Measured): string {
  const rows = SATURATION_CLIPS.map(({ name, clip }) => {
    const { nats, gateway, store, renderWorkers } = saturationOf(clip, measured);
    return [
      name,
      `${rough(gateway)} (${rough(renderWorkers)})`,
      ...[nats.one, nats["one-sync"], nats.three].map(rough),
      ...[store.file, store.nats, store.s3].map(rough),
    ];
  });
  const head = ["clip", "a gateway (workers of render)", "NATS", "NATS, synced", "three NATS"];
  return markdownTable([...head, "store `file`", "`nats`", "`s3`"], rows);
}

const SWEEP_WORKERS = [1, 3, 10, 30, 100, 200, 300, 500, 700, 1_000];

export function sweepChart(measured: Measured): string {
  const { clip } = SATURATION_CLIPS[1];
  const line = (gateways: number) => ({
    name: gateways === 1 ? "one gateway" : `${gateways} gateways`,
    points: sweep(clip, gateways, SWEEP_WORKERS, measured).map(
      ({ workers, latencyP95 }) => [workers, Math.max(1, latencyP95)] as const,
    ),
  });
  return lineChart({
    title: "3 s in 720p: jobs in proportion to workers, one NATS",
    x: {
      title: "workers of render, and as many of encode",
      ticks: [1, 10, 100, 1_000],
      isLogarithmic: true,
    },
    y: {
      title: "latency p95 of what comes within six minutes, seconds",
      ticks: [1, 10, 100, 1_000, 10_000],
      isLogarithmic: true,
    },
    lines: [line(1), line(4), line(16)],
  });
}

export function comparedTable(rows: readonly Compared[]): string {
  const cells = ({ real, simulated, low, high }: Compared) =>
    (["mean", "p50", "p95"] as const satisfies readonly (keyof ComparedLatency)[]).map((figure) => {
      const apart = Math.round(100 * (simulated[figure] / real[figure] - 1));
      const [from, to] = [low[figure].toFixed(2), high[figure].toFixed(2)];
      const sign = apart < 0 ? "−" : "+";
      const seconds = `${real[figure].toFixed(2)} s; ${simulated[figure].toFixed(2)} s`;
      return `${seconds} (${from} to ${to}), ${sign}${Math.abs(apart)} %`;
    });
  return markdownTable(
    ["load of render", "jobs", "mean: real; simulated", "p50", "p95"],
    rows.map((row) => [percent(row.load), String(row.jobs), ...cells(row)]),
  );
}
