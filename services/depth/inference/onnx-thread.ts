/** The thread of one onnxruntime session: loading and running block the thread that calls them. */
import { parentPort } from "node:worker_threads";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { OnnxCalls } from "./onnx-messages.js";

/** Errors only: onnxruntime warns on standard error of every node that it optimizes away. */
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
    if (!session) throw new Error("a run before the session was opened");
    const feeds = { [inputName]: new OnnxTensor("float32", input.data, input.dims) };
    const output = (await session.run(feeds, [outputName]))[outputName];
    return output?.data instanceof Float32Array ? { data: output.data, dims: output.dims } : null;
  },
  release: async () => {
    await session?.release();
    session = undefined;
    // After the reply: the thread ends by itself when its port is closed.
    setImmediate(() => parentPort?.close());
  },
});
