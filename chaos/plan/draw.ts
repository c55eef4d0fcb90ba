/**
 * Draws a run from its seed: the faults, and jobs that reach the places where the faults strike.
 */
import type { FramesBy } from "../../pipeline/settings.js";
import { LANES, STAGES, type Stage } from "../../pipeline/stages.js";
import { bucketStream, JOBS_BUCKET, workStream } from "../../pipeline/topology/names.js";
import { seededRandom } from "../../testing/random.js";
import {
  type Fault,
  type FaultKind,
  type LinkName,
  type NodeFault,
  type Place,
  POINTS,
  SEGMENT_POINTS,
  type ServiceName,
  type StrikeFault,
  UPLOAD_POINTS,
} from "./fault.js";
import type { JobPlan, JobShape } from "./job.js";
import type { MeshPlan } from "./mesh-kind.js";

export interface RunPlan {
  readonly seed: number;
  /** The only way that frames may take from render to encode. */
  readonly framesBy: FramesBy;
  readonly faults: readonly Fault[];
  readonly jobs: readonly JobPlan[];
}

type StrikePoints = readonly StrikeFault["point"][];

const SERVICES = ["gateway", ...STAGES] as const satisfies readonly ServiceName[];
const LATEST_SUBMIT_MS = 800;
const FREEZE_CHANCE = 0.25;
const CANCEL_CHANCE = 0.12;
const CORRUPT_CHANCE = 0.08;
const REPEAT_CHANCE = 0.2;
/** Failpoints that one job passes many times. */
const REPEATED_POINTS: ReadonlySet<string> = new Set([
  "mid-work",
  "during-upload",
  "during-blob-write",
  "during-frame-streaming",
  "after-segment-before-publish",
]);
const NODES = 3;
/** Streams whose leader a run may depend on. */
const LED_STREAMS = [bucketStream(JOBS_BUCKET), ...STAGES.map(workStream)];

/** The seed of one run of a series. */
export function seedOfRun(seed: number, run: number): number {
  return (seed * 1_000_003 + run) >>> 0;
}

/** Draws 1 to 3 faults of `kinds`, and 1 to 4 jobs that pass the places where they strike. */
export function drawRun(seed: number, kinds: readonly FaultKind[], mesh: MeshPlan): RunPlan {
  const dice = new Dice(seed);
  const weights = Object.fromEntries(kinds.map((kind) => [kind, mesh.weights[kind] ?? 0]));
  const faults: Fault[] = [];
  for (let count = dice.integer(1, 3); count > 0; count--) {
    const kind = dice.weighted<FaultKind>(weights);
    // Two poison faults would kill each other's workers.
    if (kind === "poison-job" && faults.some((fault) => fault.kind === kind)) continue;
    faults.push(drawFault(dice, kind, mesh));
  }
  // A poison fault is always for job 0.
  faults.sort((a, b) => Number(b.kind === "poison-job") - Number(a.kind === "poison-job"));
  const count = Math.max(faults.length, dice.integer(1, 4));
  const jobs = Array.from({ length: count }, (_, i) => drawJob(dice, mesh, faults[i], i));
  return { seed, framesBy: framesByOf(seed), faults, jobs };
}

/** Runs take turns. */
function framesByOf(seed: number): FramesBy {
  return seed % 2 === 0 ? "socket" : "grpc";
}

function drawFault(dice: Dice, kind: FaultKind, mesh: MeshPlan): Fault {
  const isCluster = mesh.kind === "cluster";
  const [least, most] = mesh.freezeLeases;
  const atMs = dice.integer(0, mesh.latestFaultMs);
  const freezeMs = dice.integer(least * mesh.leaseMs, most * mesh.leaseMs);
  const signal = dice.chance(FREEZE_CHANCE) ? "SIGSTOP" : "SIGKILL";
  const holdMs = signal === "SIGSTOP" ? freezeMs : 0;
  switch (kind) {
    case "failpoint": {
      const service = dice.pick(SERVICES);
      const point = dice.pick(pointsOf(service, mesh));
      const after = REPEATED_POINTS.has(point) ? dice.integer(0, 3) : 0;
      return { kind, service, point, after, signal, holdMs };
    }
    case "signal":
      return { kind, place: drawPlace(dice, SERVICES, mesh), signal, atMs, holdMs };
    case "bus-kill":
      return { kind, atMs };
    case "cut": {
      const how = dice.pick(["stall", "reset"] as const);
      return { kind, link: drawLink(dice, mesh), how, atMs, holdMs: dice.integer(500, 4_000) };
    }
    case "duplicate-order":
      return { kind, stage: dice.pick(STAGES), delayMs: dice.pick([0, dice.integer(1, 4_000)]) };
    case "delayed-order":
      return { kind, stage: dice.pick(STAGES), delayMs: dice.integer(200, 3_000) };
    case "full-disk": {
      const disk = dice.pick(isCluster ? (["encode"] as const) : (["blobs", "encode"] as const));
      return { kind, disk, atMs, holdMs: dice.integer(500, 3_000) };
    }
    case "poison-job":
      return { kind, stage: dice.pick(STAGES), point: dice.pick(["after-lease", "mid-work"]) };
    case "rolling-restart":
      return { kind, gateway: dice.integer(0, mesh.processes.gateway - 1), atMs };
    case "node": {
      const how = dice.weighted<NodeFault["how"]>({ kill: 3, "cut-off": 3, freeze: 2, wipe: 1 });
      const node = dice.integer(0, NODES - 1);
      return { kind, node, how, atMs, holdMs: dice.integer(1_000, 10_000) };
    }
    case "step-down":
      return { kind, stream: dice.pick(LED_STREAMS), atMs };
    case "store": {
      const how = dice.pick(["away", "slow", "errors"] as const);
      return { kind, how, atMs, holdMs: dice.integer(1_000, 8_000) };
    }
  }
}

function pointsOf(service: ServiceName, { kind }: MeshPlan): StrikePoints {
  if (kind === "single") return POINTS[service];
  const uploads = service === "gateway" ? UPLOAD_POINTS : [];
  // Twice: few of the points that a clip passes are those of its division.
  const ofSegments = SEGMENT_POINTS[service];
  return [...POINTS[service], ...uploads, ...ofSegments, ...ofSegments];
}

function drawPlace(
  dice: Dice,
  services: readonly ServiceName[],
  { processes }: Pick<MeshPlan, "processes">,
): Place {
  const service = dice.pick(services);
  return { service, index: dice.integer(0, processes[service] - 1) };
}

function drawLink(dice: Dice, mesh: MeshPlan): LinkName {
  const { kind, processes } = mesh;
  const store = kind === "cluster" ? { s3: 3 } : {};
  switch (dice.weighted({ nats: 4, gateway: 3, frames: 2, client: 1, ...store })) {
    case "s3":
      return `gateway-${dice.integer(0, processes.gateway - 1)}/s3`;
    case "nats": {
      const { service, index } = drawPlace(dice, SERVICES, mesh);
      return `${service}-${index}/nats`;
    }
    case "gateway": {
      const stage = dice.pick(STAGES);
      return `${stage}-${dice.integer(0, processes[stage] - 1)}/gateway`;
    }
    case "frames":
      return `encode/render-${dice.integer(0, processes.render - 1)}`;
    case "client":
      return "client/gateway";
  }
}

function drawJob(dice: Dice, mesh: MeshPlan, fault: Fault | undefined, index: number): JobPlan {
  const isPoisoned = fault?.kind === "poison-job";
  const shapes = mesh.shapes.filter((shape) => !fault || shapeMeets(shape, fault));
  const plan = {
    shape: dice.pick(shapes),
    lane: dice.pick(LANES),
    photoSeed: dice.integer(0, 2 ** 31),
    isCorrupt: dice.chance(CORRUPT_CHANCE) && !isPoisoned,
    submitAtMs: index === 0 ? 0 : dice.integer(0, LATEST_SUBMIT_MS),
    isRepeated: dice.chance(REPEAT_CHANCE),
  };
  const cancelAfterMs = dice.integer(0, 3_000);
  const isCancelled = dice.chance(CANCEL_CHANCE) && !isPoisoned;
  const isUploaded =
    mesh.uploadChance > 0 && (dice.chance(mesh.uploadChance) || strikesUpload(fault));
  return { ...plan, ...(isCancelled && { cancelAfterMs }), ...(isUploaded && { isUploaded }) };
}

/** Whether only an upload in parts passes the place where the fault strikes. */
function strikesUpload(fault: Fault | undefined): boolean {
  return fault?.kind === "failpoint" && (UPLOAD_POINTS as StrikePoints).includes(fault.point);
}

/** Whether a job of this shape passes the place where the fault strikes. */
function shapeMeets(shape: JobShape, fault: Fault): boolean {
  const isVideo = shape === "video" || shape === "two-outputs" || shape === "segments";
  switch (fault.kind) {
    case "failpoint": {
      const { service, point } = fault;
      if (SEGMENT_POINTS[service].includes(point)) return shape === "segments";
      if (service === "render" && point.startsWith("after-") && point.includes("commit")) {
        // For a video, render does not commit, but its handler ends after the commit of encode.
        return point === "after-commit-before-ack" ? shape !== "depth" : shape === "stills";
      }
      if (point === "during-frame-streaming") return isVideo;
      if (service === "gateway") return true;
      return passes(shape, service);
    }
    case "duplicate-order":
    case "delayed-order":
    case "poison-job":
      return passes(shape, fault.stage);
    case "full-disk":
      return fault.disk === "blobs" || isVideo;
    default:
      return true;
  }
}

/** Whether a job of this shape has the stage: its artifacts decide the last one. */
export function passes(shape: JobShape, stage: Stage): boolean {
  const last: Stage = shape === "depth" ? "depth" : shape === "stills" ? "render" : "encode";
  return STAGES.indexOf(stage) <= STAGES.indexOf(last);
}

/** Random choices from one seeded source: the same seed gives the same choices. */
class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const choice = choices[this.integer(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError("nothing to pick from");
    return choice;
  }

  /** One of the keys, with a probability in proportion to its weight. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.#random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    throw new RangeError("nothing has weight");
  }
}
