/** The scenarios of docs/scale.md. */
import { Scenario, type ScenarioInput } from "./scenario.js";

/** What a service that makes short clips for phones gets, with a long one now and then. */
const MIX = [
  { share: 70, height: 720, preset: "horizontal", seconds: 3 },
  { share: 25, height: 1080, preset: "circle", seconds: 6 },
  { share: 5, height: 1080, preset: "circle", seconds: 20 },
] as const;

const fixed = (depth: number, others: number): ScenarioInput["pools"] => ({
  depth: { workers: depth },
  render: { workers: others },
  encode: { workers: others },
});

const scaled = (most: number, more: object = {}): ScenarioInput["pools"] => {
  const pool = (least: number, highest: number) => ({
    ...{ workers: least, startSeconds: 90, ...more },
    scaling: { least, most: highest },
  });
  return {
    depth: pool(1, Math.ceil(most / 5)),
    render: pool(1, most),
    encode: pool(1, most),
  };
};

const INPUTS: readonly ScenarioInput[] = [
  {
    name: "one-host",
    question: "One worker of each stage, at a load that it can just bear.",
    hours: 24,
    clips: [...MIX],
    arrivals: [{ kind: "steady", perHour: 850 }],
    pools: fixed(1, 1),
  },
  {
    name: "team",
    question: "Four workers of render and of encode with a daily wave.",
    hours: 48,
    clips: [...MIX],
    arrivals: [{ kind: "daily", perHour: 2_600, peak: 1.6 }],
    pools: fixed(1, 4),
  },
  {
    name: "lanes",
    question: "The same mesh with more than it can do for four hours: a tenth high, a third low.",
    hours: 4,
    clips: [...MIX],
    lanes: { high: 10, normal: 57, low: 33 },
    arrivals: [{ kind: "steady", perHour: 5_000 }],
    pools: fixed(1, 4),
  },
  {
    name: "burst",
    question: "10 000 jobs at once, on pools that grow from 1 to 100 workers.",
    hours: 2,
    clips: [...MIX],
    arrivals: [{ kind: "burst", jobs: 10_000, atHour: 0 }],
    pools: scaled(100),
    store: "s3",
    gateways: 2,
  },
  {
    name: "scaled-day",
    question: "A daily wave on pools that follow it.",
    hours: 24,
    clips: [...MIX],
    arrivals: [{ kind: "daily", perHour: 10_000, peak: 1.9 }],
    pools: scaled(100),
    store: "s3",
    gateways: 2,
  },
  {
    name: "spot-day",
    question: "The same on hosts that are taken away after two hours on average.",
    hours: 24,
    clips: [...MIX],
    arrivals: [{ kind: "daily", perHour: 10_000, peak: 1.9 }],
    pools: scaled(100, { spotHours: 2 }),
    store: "s3",
    gateways: 2,
  },
  {
    name: "thousand",
    question: "12 s in 1080p, with up to a thousand workers, of hosts that may be taken away.",
    hours: 24,
    clips: [{ height: 1080, preset: "circle", seconds: 12 }],
    arrivals: [{ kind: "daily", perHour: 60_000, peak: 1.5 }],
    pools: scaled(450, { spotHours: 12 }),
    store: "s3",
    gateways: 8,
    nats: "three",
  },
];

export const SCENARIOS: readonly Scenario[] = INPUTS.map((input) => Scenario.parse(input));
