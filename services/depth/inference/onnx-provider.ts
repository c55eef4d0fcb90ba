/** onnxruntime as a provider. A run takes the calling thread no time: onnxruntime has threads of its own. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import type { ModelProvider } from "../../../kit/models/manifest.js";
import { InferenceFault } from "./fault.js";
import type { GraphSession, InferenceProvider } from "./provider.js";

const CUDA_LIBRARY = "libonnxruntime_providers_cuda.so";

/** Errors only: onnxruntime warns on standard error of every node that it optimises away. */
const LOG_ERRORS = 3;

/** Whether onnxruntime was installed with its CUDA libraries; asking it for them where they are not makes it complain. */
export function cudaInstalled(): boolean {
  const packageFolder = dirname(
    dirname(createRequire(import.meta.url).resolve("onnxruntime-node")),
  );
  const bin = join(packageFolder, "bin");
  return readdirSync(bin).some((abi) =>
    existsSync(join(bin, abi, process.platform, process.arch, CUDA_LIBRARY)),
  );
}

/** `threads` is of one run on the CPU; 0 is all cores. */
export function onnxProvider(name: ModelProvider, threads: number): InferenceProvider {
  return {
    name,
    open: async (model) => {
      const session = await InferenceSession.create(model, {
        executionProviders: [name],
        intraOpNumThreads: threads,
        logSeverityLevel: LOG_ERRORS,
      });
      return graphSession(session);
    },
  };
}

function graphSession(session: InferenceSession): GraphSession {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async (inputName, { data, dims }, outputName) => {
      const feeds = { [inputName]: new OnnxTensor("float32", data, dims) };
      const output = (await session.run(feeds, [outputName]))[outputName];
      if (output?.data instanceof Float32Array) return { data: output.data, dims: output.dims };
      throw new InferenceFault("wrong-output", `${outputName} holds no float32 values`);
    },
    release: () => session.release(),
  };
}
