/** models/manifest.json: what each model wants and gives, checked when it is read. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DepthmeshError } from "../../kit/errors.js";

const entrySchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  licence: z.string(),
  commercialUse: z.boolean(),
  file: z.string(),
  bytes: z.number().int(),
  sha256: z.string().length(64),
  input: z.strictObject({
    name: z.string(),
    layout: z.literal("NCHW"),
    /** Photo scaled so that its long side is this, both sides rounded to the multiple. */
    longSidePixels: z.number().int(),
    multiple: z.number().int(),
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number(), z.number(), z.number()]),
  }),
  output: z.strictObject({ name: z.string(), kind: z.literal("disparity") }),
});
const manifestSchema = z.strictObject({ models: z.array(entrySchema).min(1) });

export type ModelEntry = z.infer<typeof entrySchema>;

/** Throws MODEL_CORRUPT when the manifest is not what it should be. */
export async function readManifest(folder: string): Promise<readonly ModelEntry[]> {
  try {
    const text = await readFile(join(folder, "manifest.json"), "utf8");
    return manifestSchema.parse(JSON.parse(text)).models;
  } catch (error) {
    throw new DepthmeshError("MODEL_CORRUPT", "models/manifest.json cannot be read", {
      cause: error,
    });
  }
}

/** The model's bytes. Throws MODEL_NOT_INSTALLED, or MODEL_CORRUPT when they differ from the manifest. */
export async function readModel(folder: string, entry: ModelEntry): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, entry.file)).catch((error) => {
    const options = { metadata: { model: entry.name }, cause: error };
    throw new DepthmeshError("MODEL_NOT_INSTALLED", "the model's file is absent", options);
  });
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === entry.sha256) return bytes;
  throw new DepthmeshError("MODEL_CORRUPT", "the model's file differs from its manifest", {
    metadata: { model: entry.name, expected_sha256: entry.sha256, actual_sha256: actual },
  });
}
