/** The requests that cost a server the most among those of their size. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { STATE_PARAMETERS } from "../core/spec/parameters.js";
import { CreateJobRequest } from "../proto/gen/depthmesh/v1/job_service.js";
import { type DeepPartial, JobSpec, type Motion } from "../proto/gen/depthmesh/v1/spec.js";

const MIB = 2 ** 20;
/** Numbers of fields in spec.proto. */
const LISTS = { outputs: 4, artifacts: 5, motions: 10, unknown: 1000 };

/** Empty messages in one field: each is built from two or three bytes. */
const flood = (field: number, bytes: number) => {
  const one = new BinaryWriter().tag(field, 2).uint32(0).finish();
  return Buffer.alloc(bytes - (bytes % one.length), Buffer.from(one));
};

/** A header of CreateJob or Convert whose spec has these bytes. */
const headerOf = (spec: Uint8Array) =>
  new BinaryWriter().tag(1, 2).bytes(new BinaryWriter().tag(1, 2).bytes(spec).finish()).finish();

const MOVING = Object.values(STATE_PARAMETERS).flatMap((row) =>
  row.kind === "number" && row.animatable ? [row] : [],
);

/** The longest clip, whose motions are evaluated in each frame. */
const clip = {
  durationSeconds: 30,
  frameRate: { numerator: 120, denominator: 1 },
  longestSide: 128,
};

function headerWith(motions: DeepPartial<Motion>[]): Uint8Array {
  return headerOf(JobSpec.encode(JobSpec.fromPartial({ clip, motions })).finish());
}

/** Sines of no height: every frame is in range, so all of them are evaluated. */
export function wavesHeader(motions: number, perMotion: number): Uint8Array {
  return headerWith(
    Array.from({ length: motions }, (_, i) => ({
      parameter: MOVING[i % MOVING.length]?.name ?? "",
      kind: {
        $case: "components" as const,
        value: { components: Array(perMotion).fill({ kind: 4, amplitude: 0, cycles: 3 }) },
      },
    })),
  );
}

/** Curves that stay at one allowed value. */
export function keyframesHeader(motions: number, perMotion: number): Uint8Array {
  return headerWith(
    MOVING.filter(({ step }) => step === 0)
      .slice(0, motions)
      .map(({ name, minimum, maximum }) => ({
        parameter: name,
        kind: {
          $case: "keyframes" as const,
          value: {
            keyframes: Array.from({ length: perMotion }, (_, i) => ({
              ...{ tau: i / perMotion, value: (minimum + maximum) / 2, easing: 2 },
            })),
          },
        },
      })),
  );
}

/** By name: bytes of a request for CreateJob or Convert. Some are accepted, most are not. */
export function worstHeaders(): ReadonlyMap<string, Uint8Array> {
  const floods = Object.entries(LISTS).flatMap(([name, field]) =>
    [1, 4].map((mib): [string, Uint8Array] => [
      `${mib} MiB of ${name}`,
      headerOf(flood(field, mib * MIB - 64)),
    ]),
  );
  const motion = (inner: number, list: number) =>
    new BinaryWriter().tag(inner, 2).bytes(flood(list, 12_000)).finish();
  const many = (bytes: Uint8Array, count: number) => {
    const writer = new BinaryWriter();
    for (let i = 0; i < count; i++) writer.tag(LISTS.motions, 2).bytes(bytes);
    return headerOf(writer.finish());
  };
  return new Map<string, Uint8Array>([
    ...floods,
    [
      "packed artifacts",
      headerOf(
        new BinaryWriter()
          .tag(5, 2)
          .bytes(Buffer.alloc(MIB - 64, 1))
          .finish(),
      ),
    ],
    ["components in 80 motions", many(motion(2, 1), 80)],
    ["keyframes in 80 motions", many(motion(3, 1), 80)],
    [
      "a MiB of model name",
      headerOf(
        new BinaryWriter()
          .tag(1, 2)
          .bytes(Buffer.alloc(MIB - 64, 97))
          .finish(),
      ),
    ],
    ["640 waves", wavesHeader(40, 16)],
    ["128 waves", wavesHeader(8, 16)],
    ["4096 keyframes", keyframesHeader(4, 1024)],
    [
      "a plain header",
      CreateJobRequest.encode(
        CreateJobRequest.fromPartial({ kind: { $case: "header", value: { spec: {} } } }),
      ).finish(),
    ],
  ]);
}

/** For methods whose requests have a list or a name in field 1. */
export function worstRequests(): ReadonlyMap<string, Uint8Array> {
  return new Map([1, 3, 1000].map((field) => [`field ${field}`, flood(field, 4 * MIB - 64)]));
}
