/** onnxruntime as a provider: each session in a thread of its own, so that the main thread never waits for a run. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setEnvironmentVariable } from "../../../kit/config.js";
import { ThreadClient } from "../../../kit/process/thread-client.js";
import type { ModelProvider } from "../../../models/manifest.js";
import { InferenceFault } from "./fault.js";
import type { GraphNames, OnnxCalls } from "./onnx-messages.js";
import type { GraphSession, InferenceProvider } from "./provider.js";

const CUDA_LIBRARY = "libonnxruntime_providers_cuda.so";

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
      // From 1.30 on it would tell its makers what runs here, and keep a database in the home and a log in the temporary folder.
      setEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
      const file = new URL("./onnx-thread.js", import.meta.url);
      const thread = new ThreadClient<OnnxCalls>(file, { name: "the session's thread" });
      try {
        // A part of a larger buffer is copied: the rest is not ours to give.
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
      throw new InferenceFault("wrong-output", `${outputName} holds no float32 values`);
    },
    release: () => thread.ask("release", undefined),
  };
}
