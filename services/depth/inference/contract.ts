/** The contract of a model: the part of its manifest entry that says how to run it. */
import { z } from "zod";
import type { InputContract, OutputContract } from "../../../core/depthmap/model-contract.js";
import type { EdgeQuality } from "../../../core/depthmap/refine.js";
import { DepthmeshError } from "../../../core/errors.js";
import type { ModelEntry } from "../../../models/manifest.js";

const pixels = z.int().min(1).max(8192);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const aspect = { sidePixels: pixels, multiple: pixels };
const name = z.string().min(1).nullable();

const contractSchema = z.strictObject({
  input: z.strictObject({
    name,
    layout: z.enum(["BCHW", "BVCHW"]),
    channels: z.enum(["RGB", "BGR"]),
    size: z.discriminatedUnion("rule", [
      z.strictObject({ rule: z.literal("fixed"), widthPixels: pixels, heightPixels: pixels }),
      z.strictObject({ rule: z.literal("lower"), ...aspect, maxLongSidePixels: pixels }),
      z.strictObject({ rule: z.literal("upper"), ...aspect }),
    ]),
    kernel: z.enum(["area", "area-cubic", "cubic"]),
    normalisation: z.strictObject({ mean: triple, std: triple }).nullable(),
  }),
  output: z.discriminatedUnion("kind", [
    z.strictObject({ name, kind: z.literal("disparity"), near: z.enum(["large", "small"]) }),
    z.strictObject({ name, kind: z.literal("depth") }),
    z.strictObject({ name, kind: z.literal("metric") }),
  ]),
  /** Average with the run on the mirrored photo: twice the time, no left–right bias. */
  flipAverage: z.boolean(),
  /** Average the map with the heuristic estimate: for a net too small to be better everywhere. */
  blendHeuristic: z.boolean().default(false),
  edges: z.enum(["blurred", "sharp"]).default("sharp"),
  /** Whether the graph accepts several photos in one run. */
  batchable: z.boolean(),
  memory: z.strictObject({
    /** Memory of a run beyond the weights, rounded up; docs/models.md tells which are measured. */
    bytesPerInputPixel: z.int().positive(),
  }),
});

export interface ModelContract {
  readonly input: InputContract;
  readonly output: OutputContract;
  readonly flipAverage: boolean;
  readonly blendHeuristic: boolean;
  readonly edges: EdgeQuality;
  readonly batchable: boolean;
  readonly memory: { readonly bytesPerInputPixel: number };
}

/** Parses the contract of an entry. Throws MODEL_CORRUPT, with the problem, for an invalid one. */
export function contractOf(entry: Pick<ModelEntry, "name" | "contract">): ModelContract {
  const parsed = contractSchema.safeParse(entry.contract);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new DepthmeshError("MODEL_CORRUPT", `the contract of ${entry.name} is invalid: ${why}`, {
    metadata: { model: entry.name },
  });
}
