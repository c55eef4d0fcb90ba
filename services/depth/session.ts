/** Models as onnxruntime sessions, loaded once; inference runs off the main thread by itself. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Size } from "../../core/clip/size.js";
import { DepthmeshError } from "../../kit/errors.js";
import { type ModelEntry, readModel } from "./manifest.js";

export interface DepthModel {
  readonly entry: ModelEntry;
  /** `input` is NCHW float32 [1, 3, height, width]; the result is raw output [height, width]. */
  infer(input: Float32Array, size: Size): Promise<Float32Array>;
}

export class ModelLibrary {
  readonly #folder: string;
  readonly #entries: readonly ModelEntry[];
  readonly #threads: number;
  readonly #loaded = new Map<string, Promise<DepthModel>>();

  constructor(folder: string, entries: readonly ModelEntry[], threads: number) {
    this.#folder = folder;
    this.#entries = entries;
    this.#threads = threads;
  }

  /** Throws MODEL_UNKNOWN, MODEL_NOT_INSTALLED or MODEL_CORRUPT. */
  load(name: string): Promise<DepthModel> {
    const known = this.#loaded.get(name);
    if (known) return known;
    const loading = this.#load(name);
    this.#loaded.set(name, loading);
    // A file that was mended must be tried again.
    loading.catch(() => this.#loaded.delete(name));
    return loading;
  }

  async #load(name: string): Promise<DepthModel> {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (!entry) {
      throw new DepthmeshError("MODEL_UNKNOWN", "there is no depth model of this name", {
        metadata: { known: this.#entries.map((each) => each.name).join(" ") },
      });
    }
    const bytes = await readModel(this.#folder, entry);
    const session = await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: this.#threads,
    });
    return { entry, infer: (input, size) => infer(session, entry, input, size) };
  }
}

async function infer(
  session: InferenceSession,
  entry: ModelEntry,
  input: Float32Array,
  { width, height }: Size,
): Promise<Float32Array> {
  const feeds = { [entry.input.name]: new Tensor("float32", input, [1, 3, height, width]) };
  const results = await session.run(feeds);
  const output = results[entry.output.name];
  if (output?.data instanceof Float32Array && output.data.length === width * height) {
    return output.data;
  }
  throw new DepthmeshError("MODEL_CORRUPT", "the model's output is not what its manifest says", {
    metadata: { model: entry.name },
  });
}
