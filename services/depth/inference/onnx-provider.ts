/** The onnxruntime provider: each session runs in its own thread, not on the main thread. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setEnvironmentVariable } from "../../../kit/config.js";
import { compiledModule } from "../../../kit/process/package-path.js";
import { ThreadClient } from "../../../kit/process/thread-client.js";
import type { ModelProvider } from "../../../models/manifest.js";
import { InferenceFault } from "./fault.js";
import type { OnnxCalls } from "./onnx-thread.js";
import type { GraphNames, GraphSession, InferenceProvider } from "./provider.js";

const CUDA_LIBRARY = "libonnxruntime_providers_cuda.so";

/**
 * Whether onnxruntime is installed with its CUDA libraries. Without this check it would log errors
 * where they are missing.
 */
export function cudaInstalled(): boolean {
  const packageFolder = dirname(
    dirname(createRequire(import.meta.url).resolve("onnxruntime-node")),
  );
  const bin = join(packageFolder, "bin");
  return readdirSync(bin).some((abi) =>
    existsSync(join(bin, abi, process.platform, process.arch, CUDA_LIBRARY)),
  );
}

/** `threads` is the number of threads of one run on the CPU; 0 means all cores. */
export function onnxProvider(name: ModelProvider, threads: number): InferenceProvider {
  return {
    name,
    open: async (model) => {
      // Since 1.30 onnxruntime sends telemetry to Microsoft by default, and keeps a database in the
      // home folder and a log in the temporary folder for it.
      setEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
      const file = compiledModule("services/depth/inference/onnx-thread.js");
      const thread = new ThreadClient<OnnxCalls>(file, { name: "the session's thread" });
      try {
        // A view of a larger buffer is copied, because the rest of the buffer has another owner.
        const whole = model.byteLength === model.buffer.byteLength;
        const transfer = whole ? [model.buffer as ArrayBuffer] : [];
        const names = await thread.ask("open", { model, provider: name, threads }, { transfer });
        return graphSession(thread, names);
      } catch (error) {
        await thread.ask("release", undefined);
        throw error;
      }
    },
  };
}

function graphSession(thread: ThreadClient<OnnxCalls>, names: GraphNames): GraphSession {
  return {
    ...names,
    run: async (inputName, input, outputName) => {
      const output = await thread.ask("run", { inputName, input, outputName });
      if (output) return output;
      throw new InferenceFault(
        "wrong-output",
        `the output ${outputName} does not hold float32 values`,
      );
    },
    release: () => thread.ask("release", undefined),
  };
}
