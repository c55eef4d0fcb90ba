/** A models folder for tests: generated files with the names and contracts of the real manifest. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelEntry, readManifest } from "../../models/manifest.js";
import { builtInModelsFolder } from "../../models/registry.js";

export interface ModelFolder {
  readonly path: string;
  /**
   * Makes `bytes` the only file of a model, with its checksum in the manifest; returns its path.
   */
  install(name: string, bytes: Uint8Array, change?: Partial<ModelEntry>): string;
  remove(): Promise<void>;
}

/** The entry of the packaged manifest with this name. */
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
        // Not the built-in model's own file.
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
