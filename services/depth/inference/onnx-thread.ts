/** The worker thread of one onnxruntime session: its calls block the thread they run in. */
import { parentPort } from "node:worker_threads";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { ModelProvider } from "../../../models/manifest.js";
import type { GraphNames, Tensor } from "./provider.js";

/** The requests to the thread. */
export interface OnnxCalls {
  /** Always the first request. The bytes of the model are moved to the thread, not copied. */
  open: {
    request: {
      readonly model: Uint8Array;
      readonly provider: ModelProvider;
      readonly threads: number;
    };
    result: GraphNames;
  };
  /** The result is null when the output does not hold float32 values. */
  run: {
    request: { readonly inputName: string; readonly input: Tensor; readonly outputName: string };
    result: Tensor | null;
  };
  /** Always the last request: the thread ends. */
  release: { request: undefined; result: undefined };
}

/** Only errors: onnxruntime warns on standard error about every node that it optimizes away. */
const LOG_ERRORS = 3;

let session: InferenceSession | undefined;

answerRequests<OnnxCalls>({
  open: async ({ model, provider, threads }) => {
    session = await InferenceSession.create(model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      logSeverityLevel: LOG_ERRORS,
    });
    return { inputNames: session.inputNames, outputNames: session.outputNames };
  },
  run: async ({ inputName, input, outputName }) => {
    if (!session) throw new Error("the session is not open");
    const feeds = { [inputName]: new OnnxTensor("float32", input.data, input.dims) };
    const output = (await session.run(feeds, [outputName]))[outputName];
    return output?.data instanceof Float32Array ? { data: output.data, dims: output.dims } : null;
  },
  release: async () => {
    await session?.release();
    session = undefined;
    // The thread ends when its port is closed, which must happen after the reply.
    setImmediate(() => parentPort?.close());
  },
});
