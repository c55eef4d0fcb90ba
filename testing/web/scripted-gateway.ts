/**
 * A gateway of one port that answers calls as a test says, in JSON, and remembers them: for tests
 * of what the web service makes of requests and answers.
 */
import type { JsonValue } from "@bufbuild/protobuf";
import {
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
} from "@grpc/grpc-js";
import { toStatusObject } from "../../kit/rpc/status.js";
import { methodOf } from "../../services/web/json/descriptors.js";
import { decodeToJson, encodeJson } from "../../services/web/json/proto-json.js";
import { GatewayClient, pathOf } from "../../services/web/upstream/gateway-client.js";

export interface ScriptedCall {
  /** Of the request. */
  readonly json: JsonValue;
  readonly metadata: Metadata;
  /** Fires when the caller has ended the call. */
  readonly signal: AbortSignal;
}

/** Answers one call; what it throws is the status of the call. */
export type ScriptedAnswer = (call: ScriptedCall) => unknown;

export interface ScriptedGateway {
  readonly client: GatewayClient;
  /** Another client of it. */
  connect(): GatewayClient;
  /** By method, such as `JobService.GetJob`, oldest first. */
  callsOf(method: string): readonly ScriptedCall[];
  close(): void;
}

/** `trailers` come with every answer, also with failures. */
export async function startScriptedGateway(
  answers: Readonly<Record<string, ScriptedAnswer>>,
  trailers: Readonly<Record<string, string>> = {},
): Promise<ScriptedGateway> {
  const server = new Server();
  const calls = new Map<string, ScriptedCall[]>();
  for (const [name, answer] of Object.entries(answers)) {
    const method = methodOf(name);
    const definition = {
      path: pathOf(method),
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    };
    const handle: handleUnaryCall<Buffer, Buffer> = async (call, respond) => {
      const gone = new AbortController();
      call.on("cancelled", () => gone.abort());
      const made = {
        json: decodeToJson(method.input, call.request),
        metadata: call.metadata,
        signal: gone.signal,
      };
      calls.set(name, [...(calls.get(name) ?? []), made]);
      const ending = new Metadata();
      for (const [key, value] of Object.entries(trailers)) ending.set(key, value);
      try {
        respond(null, Buffer.from(encodeJson(method.output, (await answer(made)) ?? {})), ending);
      } catch (error) {
        const status = toStatusObject(error);
        status.metadata.merge(ending);
        respond(status);
      }
    };
    server.addService({ [name]: definition }, { [name]: handle });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const address = `127.0.0.1:${port}`;
  const channel = credentials.createInsecure();
  const connect = () => new GatewayClient({ address, adminAddress: address, channel });
  const client = connect();
  return {
    client,
    connect,
    callsOf: (method) => calls.get(method) ?? [],
    close: () => {
      client.close();
      server.forceShutdown();
    },
  };
}
