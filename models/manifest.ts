/** models/manifest.json: which models there are, where their files come from, and who may use them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DepthmeshError } from "../core/errors.js";

const MANIFEST_NAME = "manifest.json";

/** Names are parts of paths. */
const fileName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i);

const fileSchema = z.strictObject({
  precision: z.enum(["fp32", "fp16", "int8"]),
  /** Where this file runs well; the first file of a provider is its best. */
  providers: z.array(z.enum(["cpu", "cuda"])).min(1),
  /** Below the source's address. */
  path: z.string().regex(/^[a-z0-9][a-z0-9._/-]*$/i),
  /** Name in the models folder. */
  name: fileName,
  /** Null where nobody has stated them yet: such a file can be neither pulled nor loaded. */
  bytes: z.int().positive().nullable(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

const sourceSchema = z.discriminatedUnion("kind", [
  /** Part of this package: nothing to pull. */
  z.strictObject({ kind: z.literal("built-in") }),
  /** A repository of the model hub, at one revision. */
  z.strictObject({
    kind: z.literal("hub"),
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    revision: z.string().regex(/^[\w.-]+$/),
  }),
  /** A folder on a web server. */
  z.strictObject({ kind: z.literal("url"), base: z.url() }),
]);

const entrySchema = z.strictObject({
  name: fileName,
  title: z.string(),
  /** Quality: `auto` takes the installed model with the highest. */
  rank: z.int(),
  licence: z.string(),
  commercialUse: z.boolean(),
  source: sourceSchema,
  files: z.array(fileSchema).min(1),
  /** What the model wants and gives; read by who runs it. */
  contract: z.unknown(),
});

const manifestSchema = z.strictObject({ models: z.array(entrySchema) });

export type ModelEntry = z.infer<typeof entrySchema>;
export type ModelFile = z.infer<typeof fileSchema>;
export type Precision = ModelFile["precision"];
export type ModelProvider = ModelFile["providers"][number];

/** A file whose size and hash are stated. */
export type StatedFile = ModelFile & { readonly bytes: number; readonly sha256: string };

export function isStated(file: ModelFile): file is StatedFile {
  return file.bytes !== null && file.sha256 !== null;
}

/** The entries of a folder's manifest. Throws MODEL_CORRUPT, with what is wrong, when it is not what it should be. */
export function readManifest(folder: string): ModelEntry[] {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, MANIFEST_NAME), "utf8"));
    return manifestSchema.parse(json).models;
  } catch (error) {
    const why = error instanceof z.ZodError ? `: ${z.prettifyError(error)}` : "";
    throw new DepthmeshError("MODEL_CORRUPT", `a models manifest cannot be read${why}`, {
      cause: error,
    });
  }
}

/** The package's entries, and those of an operator's own manifest beside the installed models, which win. */
export function readManifests(builtInFolder: string, installedFolder: string): ModelEntry[] {
  const entries = new Map(readManifest(builtInFolder).map((entry) => [entry.name, entry]));
  if (existsSync(join(installedFolder, MANIFEST_NAME))) {
    for (const entry of readManifest(installedFolder)) entries.set(entry.name, entry);
  }
  return [...entries.values()].sort((a, b) => b.rank - a.rank);
}
