/** onnxruntime as a provider: each session in a thread of its own, so that the main thread never waits for a run. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { setEnvironmentVariable } from "../../../kit/config.js";
import type { ModelProvider } from "../../../models/manifest.js";
import { InferenceFault } from "./fault.js";
import type { GraphNames, OnnxReply, OnnxRequest, OnnxResult } from "./onnx-messages.js";
import type { GraphSession, InferenceProvider, Tensor } from "./provider.js";

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
      const thread = new SessionThread();
      try {
        const open: OnnxRequest = { kind: "open", model, provider: name, threads };
        // A part of a larger buffer is copied: the rest is not ours to give.
        const whole = model.byteLength === model.buffer.byteLength;
        const given = whole ? [model.buffer as ArrayBuffer] : [];
        const names = (await thread.ask(open, given)) as GraphNames;
        return graphSession(thread, names);
      } catch (error) {
        await thread.ask({ kind: "release" });
        throw error;
      }
    },
  };
}

function graphSession(thread: SessionThread, names: GraphNames): GraphSession {
  return {
    ...names,
    run: async (inputName, input, outputName) => {
      const output = await thread.ask({ kind: "run", inputName, input, outputName });
      if (output) return output as Tensor;
      throw new InferenceFault("wrong-output", `${outputName} holds no float32 values`);
    },
    release: async () => {
      await thread.ask({ kind: "release" });
    },
  };
}

interface Waiting {
  resolve(result: OnnxResult): void;
  reject(error: Error): void;
}

/** The main thread's side of a session's thread. It keeps the process alive only while an answer is waited for. */
class SessionThread {
  readonly #thread = new Worker(new URL("./onnx-thread.js", import.meta.url));
  /** Answers come in the order of the requests. */
  readonly #waiting: Waiting[] = [];
  #lost: Error | undefined;

  constructor() {
    this.#thread.on("message", (reply: OnnxReply) => {
      const waiting = this.#waiting.shift();
      if (this.#waiting.length === 0) this.#thread.unref();
      if (reply.error === undefined) waiting?.resolve(reply.result);
      else waiting?.reject(new Error(reply.error));
    });
    this.#thread.on("error", (error) => this.#lose(error));
    this.#thread.on("exit", () => this.#lose(new Error("the session's thread has ended")));
    this.#thread.unref();
  }

  ask(request: OnnxRequest, given: readonly ArrayBuffer[] = []): Promise<OnnxResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      this.#waiting.push({ resolve, reject });
      this.#thread.ref();
      this.#thread.postMessage(request, [...given]);
    });
  }

  #lose(error: unknown): void {
    this.#lost ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
  }
}
