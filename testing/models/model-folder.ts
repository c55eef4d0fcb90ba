/** A models folder with files of our own under the names and contracts of the package's manifest. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelEntry, readManifest } from "../../models/manifest.js";
import { builtInModelsFolder } from "../../models/registry.js";

export interface ModelFolder {
  readonly path: string;
  /** Make `bytes` the only file of a model, vouched for by the folder's manifest. Returns the file's path. */
  install(name: string, bytes: Uint8Array, change?: Partial<ModelEntry>): string;
  remove(): Promise<void>;
}

/** Entries of the package's manifest by name. */
export function packagedEntry(name: string): ModelEntry {
  const entry = readManifest(builtInModelsFolder()).find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`no model ${name} in the manifest`);
  return entry;
}

export async function modelFolder(): Promise<ModelFolder> {
  const path = await mkdtemp(join(tmpdir(), "depthmesh-models-"));
  const entries = new Map<string, ModelEntry>();
  return {
    path,
    install: (name, bytes, change = {}) => {
      const entry: ModelEntry = {
        ...packagedEntry(name),
        // The built-in model's own file stays where it is.
        source: { kind: "url", base: "http://127.0.0.1:9" },
        files: [
          {
            ...{ precision: "fp32", providers: ["cpu", "cuda"] },
            ...{ path: "model.onnx", name: "model.onnx", bytes: bytes.length },
            sha256: createHash("sha256").update(bytes).digest("hex"),
          },
        ],
        ...change,
      };
      entries.set(entry.name, entry);
      mkdirSync(join(path, entry.name), { recursive: true });
      const file = join(path, entry.name, "model.onnx");
      writeFileSync(file, bytes);
      writeFileSync(join(path, "manifest.json"), JSON.stringify({ models: [...entries.values()] }));
      return file;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
