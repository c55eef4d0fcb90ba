/** A question to a simulation: which jobs come to which mesh. Files of scenarios have this form. */
import * as z from "zod";
import { PRESET_NAMES } from "../../core/scene/presets.js";

const count = z.int().min(0).max(100_000);
const positive = z.number().positive();

const Clip = z.strictObject({
  share: z.number().min(0).default(1),
  height: z.union([z.literal(360), z.literal(720), z.literal(1080)]),
  preset: z.enum(PRESET_NAMES).default("circle"),
  seconds: positive.max(3_600),
});

const Arrivals = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("steady"), perHour: positive }),
  z.strictObject({ kind: z.literal("daily"), perHour: positive, peak: z.number().min(1).max(2) }),
  z.strictObject({ kind: z.literal("burst"), jobs: count, atHour: z.number().min(0) }),
]);

const Scaling = z.strictObject({
  least: count.default(1),
  most: count,
  /** Orders for each worker; absent: its slots. */
  target: positive.optional(),
  everySeconds: positive.default(15),
  cooldownSeconds: z.number().min(0).default(300),
});

const Pool = z.strictObject({
  workers: count.default(1),
  slots: z.int().min(1).max(64).default(1),
  cores: positive.default(4),
  startSeconds: z.number().min(0).default(60),
  drainSeconds: z.number().min(0).default(30),
  scaling: Scaling.optional(),
  /** A host is taken away after so many hours on average, at any moment alike. */
  spotHours: positive.optional(),
  /** A GPU does the work so many times as fast; its price is that of a GPU. An assumption. */
  gpuTimes: positive.optional(),
});

export const Scenario = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  question: z.string().default(""),
  seed: z.int().default(1),
  /** Jobs come for so long; then all that were accepted are finished. */
  hours: positive.max(24 * 31),
  clips: z.array(Clip).min(1),
  lanes: z
    .strictObject({
      high: z.number().min(0).default(0),
      normal: z.number().min(0).default(0),
      low: z.number().min(0).default(0),
    })
    .default({ high: 0, normal: 1, low: 0 }),
  arrivals: z.array(Arrivals).min(1),
  pools: z.strictObject({ depth: Pool, render: Pool, encode: Pool }),
  gateways: z.int().min(1).max(100).default(1),
  store: z.enum(["file", "nats", "s3"]).default("file"),
  nats: z.enum(["one", "one-sync", "three"]).default("one"),
  leaseSeconds: positive.default(30),
  segmentSeconds: z.int().min(0).max(30).default(5),
  /** Frames by socket need render and encode in pairs on one host. */
  frames: z.enum(["grpc", "socket"]).default("grpc"),
});

export type Scenario = z.infer<typeof Scenario>;
export type ScenarioInput = z.input<typeof Scenario>;
