/**
 * An inference provider whose runs follow a script: run out of memory, throw, hang, or return
 * nonsense.
 */
import type { ModelProvider } from "../../models/manifest.js";
import type { InferenceProvider, Tensor } from "../../services/depth/inference/provider.js";

export type Script = (input: Tensor) => Promise<Tensor>;

export interface ScriptedProvider extends InferenceProvider {
  /** Dimensions of the inputs of all runs so far. */
  readonly inputs: (readonly number[])[];
  /** Number of sessions opened and released so far. */
  opened: number;
  released: number;
  script: Script;
}

/** Its sessions have the input and output names of all models that tests use. */
export function scriptedProvider(name: ModelProvider, script: Script): ScriptedProvider {
  const provider: ScriptedProvider = {
    ...{ name, script, inputs: [], opened: 0, released: 0 },
    open: async () => {
      provider.opened += 1;
      return {
        inputNames: ["pixel_values", "image"],
        outputNames: ["predicted_depth", "depth"],
        run: (_inputName, input) => {
          provider.inputs.push(input.dims);
          return provider.script(input);
        },
        release: async () => {
          provider.released += 1;
        },
      };
    },
  };
  return provider;
}

/** Returns the first plane of each photo. */
export const healthy: Script = async ({ data, dims }) => {
  const [batch = 0, , height = 0, width = 0] = dims;
  const pixels = width * height;
  const planes = Array.from({ length: batch }, (_, i) => [
    ...data.subarray(3 * i * pixels, (3 * i + 1) * pixels),
  ]);
  return { data: Float32Array.from(planes.flat()), dims: [batch, height, width] };
};

export const outOfMemory: Script = async () => {
  throw new Error("Failed to allocate memory for requested buffer of size 1073741824");
};

export const throwing: Script = async () => {
  throw new Error("Non-zero status code returned while running MatMul node");
};

export const hanging: Script = () => new Promise(() => {});

/** Returns a constant map. */
export const filled =
  (value: number): Script =>
  async ({ dims }) => {
    const [batch = 0, , height = 0, width = 0] = dims;
    const data = new Float32Array(batch * height * width).fill(value);
    return { data, dims: [batch, height, width] };
  };

/** Returns maps for another number of photos. */
export const misshapen: Script = async () => ({ data: new Float32Array(12), dims: [3, 2, 2] });
