/**
 * Reads models/manifest.json: the known models, where their files come from, and their licences.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DepthmeshError } from "../core/errors.js";

const MANIFEST_NAME = "manifest.json";

/** Restricted, because these names become parts of paths. */
const fileName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i);

const fileSchema = z.strictObject({
  precision: z.enum(["fp32", "fp16", "int8"]),
  /** Providers that this file suits. The first file listed for a provider is preferred. */
  providers: z.array(z.enum(["cpu", "cuda"])).min(1),
  /** Path below the source's address. */
  path: z.string().regex(/^[a-z0-9][a-z0-9._/-]*$/i),
  /** File name in the models folder. */
  name: fileName,
  /**
   * Size; null, as `sha256`, when it is not known yet. Such a file can be neither pulled nor
   * loaded.
   */
  bytes: z.int().positive().nullable(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

const sourceSchema = z.discriminatedUnion("kind", [
  /** Comes with this package, so nothing is pulled. */
  z.strictObject({ kind: z.literal("built-in") }),
  /** A repository of the model hub, at a fixed revision. */
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
  /** Higher is better: `auto` selects the installed model with the highest rank. */
  rank: z.int(),
  licence: z.string(),
  commercialUse: z.boolean(),
  source: sourceSchema,
  files: z.array(fileSchema).min(1),
  /**
   * Input and output of the model; the depth service reads and checks it
   * (services/depth/contract.ts).
   */
  contract: z.unknown(),
});

const manifestSchema = z.strictObject({ models: z.array(entrySchema) });

export type ModelEntry = z.infer<typeof entrySchema>;
export type ModelFile = z.infer<typeof fileSchema>;
export type Precision = ModelFile["precision"];
export type ModelProvider = ModelFile["providers"][number];

/** A file whose size and hash the manifest states. */
export type StatedFile = ModelFile & { readonly bytes: number; readonly sha256: string };

export function isStated(file: ModelFile): file is StatedFile {
  return file.bytes !== null && file.sha256 !== null;
}

/**
 * The entries of the manifest in a folder. Throws MODEL_CORRUPT, with what is wrong, for an invalid
 * one.
 */
export function readManifest(folder: string): ModelEntry[] {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, MANIFEST_NAME), "utf8"));
    return manifestSchema.parse(json).models;
  } catch (error) {
    const why = error instanceof z.ZodError ? `: ${z.prettifyError(error)}` : "";
    throw new DepthmeshError(
      "MODEL_CORRUPT",
      `the models manifest ${join(folder, MANIFEST_NAME)} cannot be read${why}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The package's entries and those of the operator's own manifest in the folder of installed models,
 * which replace entries of the same name; best first.
 */
export function readManifests(builtInFolder: string, installedFolder: string): ModelEntry[] {
  const entries = new Map(readManifest(builtInFolder).map((entry) => [entry.name, entry]));
  if (existsSync(join(installedFolder, MANIFEST_NAME))) {
    for (const entry of readManifest(installedFolder)) entries.set(entry.name, entry);
  }
  return [...entries.values()].sort((a, b) => b.rank - a.rank);
}
