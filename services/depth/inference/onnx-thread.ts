/** The thread of one onnxruntime session: loading and running block the thread that calls them. */
import { parentPort } from "node:worker_threads";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import type { OnnxReply, OnnxRequest, OnnxResult } from "./onnx-messages.js";

/** Errors only: onnxruntime warns on standard error of every node that it optimizes away. */
const LOG_ERRORS = 3;

let session: InferenceSession | undefined;

async function handle(request: OnnxRequest): Promise<OnnxResult> {
  if (request.kind === "open") {
    session = await InferenceSession.create(request.model, {
      executionProviders: [request.provider],
      intraOpNumThreads: request.threads,
      logSeverityLevel: LOG_ERRORS,
    });
    return { inputNames: session.inputNames, outputNames: session.outputNames };
  }
  if (request.kind === "release") {
    await session?.release();
    session = undefined;
    return null;
  }
  if (!session) throw new Error("a run before the session was opened");
  const { inputName, input, outputName } = request;
  const feeds = { [inputName]: new OnnxTensor("float32", input.data, input.dims) };
  const output = (await session.run(feeds, [outputName]))[outputName];
  return output?.data instanceof Float32Array ? { data: output.data, dims: output.dims } : null;
}

let tail: Promise<void> = Promise.resolve();

async function answer(request: OnnxRequest): Promise<void> {
  let reply: OnnxReply;
  try {
    reply = { result: await handle(request) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
  if (request.kind === "release") parentPort?.close();
}

parentPort?.on("message", (request: OnnxRequest) => {
  tail = tail.then(() => answer(request));
});
