/** The gRPC server of every process, with the standard health and reflection services. */
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { HealthImplementation, service as healthDefinition } from "grpc-health-check";
import { DepthmeshError } from "../../core/errors.js";
import { pause } from "../async/delay.js";
import { formatHostPort } from "../network/host-port.js";
import type { CertificateFiles } from "../tls/certificate-files.js";
import { RenewedServerCredentials } from "../tls/server-credentials.js";
import { Admission } from "./admission.js";
import { type BulkResponses, gatherBulk } from "./bulk-responses.js";
import { type CallGuard, guardCalls } from "./call-guard.js";
import { CONNECTION_TIMES, type ConnectionTimes, guardConnections } from "./connections.js";
import { poolFrames } from "./frame-pool.js";
import { type FieldLimits, FRAMING_BYTES, MAX_REQUEST_BYTES } from "./message-scan.js";
import { OpenCalls } from "./open-calls.js";
import { addReflection, REFLECTION_SERVICES } from "./reflection.js";
import { passRefused } from "./requests.js";

/** One service and its handlers. */
export interface RpcService {
  /** Full name, for example `depthmesh.v1.JobService`. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
  /** Methods that a drain ends at once while their callers still send: their paths. */
  readonly endWhileReceiving: readonly string[];
}

export interface RpcServiceOptions<Definition> {
  /**
   * Methods whose callers decide how long they send, such as uploads: a drain ends a call that has
   * not received everything at once, so that the caller goes elsewhere.
   */
  readonly endWhileReceiving?: readonly (keyof Definition)[];
  readonly fieldLimits?: FieldLimits;
  /**
   * Types of the responses that carry many bytes, by method: their bytes are copied once, into what
   * grpc-js sends.
   */
  readonly bulkResponses?: BulkResponses<Definition>;
}

const HEALTH_SERVICE = "grpc.health.v1.Health";
/**
 * Names in grpc.health.v1 for an orchestrator, which does something else about each. Whether a
 * process takes new calls: not before it serves, and not while it drains.
 */
export const READY = "depthmesh.ready";
/**
 * Whether it runs: as long as the port is open, also while it drains or NATS is away, because
 * nothing would be better after a restart.
 */
export const LIVE = "depthmesh.live";
/** How long the last statuses may take to reach their callers. */
const FAREWELL_MS = 500;

export interface RpcServer {
  /** host:port that the server listens on. */
  readonly address: string;
  readonly port: number;
  /** Sets the status in grpc.health.v1, of the whole server, of READY and of each service. */
  setServing(serving: boolean): void;
  /**
   * Begins a drain: ends health watches, reflection, and uploads that are not complete, with
   * DRAINING. All other calls go on, and new ones are accepted until `close`.
   */
  endEndless(): void;
  /**
   * Stops accepting calls, waits up to `graceMs` for running ones, then ends the rest with
   * DRAINING.
   */
  close(graceMs: number): Promise<void>;
}

/** The type of the handler of one method: unary, or with a stream on one side or on both. */
type HandlerOf<Method> =
  Method extends MethodDefinition<infer Request, infer Response>
    ? Method["requestStream"] extends true
      ? Method["responseStream"] extends true
        ? handleBidiStreamingCall<Request, Response>
        : handleClientStreamingCall<Request, Response>
      : Method["responseStream"] extends true
        ? handleServerStreamingCall<Request, Response>
        : handleUnaryCall<Request, Response>
    : never;

/**
 * Pairs a generated definition with its handlers. A method without a handler does not compile. The
 * full name comes from the paths in the definition.
 */
export function rpcService<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: { readonly [Method in keyof Definition]: HandlerOf<Definition[Method]> },
  {
    endWhileReceiving = [],
    fieldLimits = {},
    bulkResponses = {},
  }: RpcServiceOptions<Definition> = {},
): RpcService {
  const path = Object.values(definition)[0]?.path ?? "";
  return {
    name: path.split("/")[1] ?? "",
    definition: gatherBulk(passRefused(definition, fieldLimits), bulkResponses),
    handlers,
    endWhileReceiving: endWhileReceiving.map((method) => definition[method]?.path ?? ""),
  };
}

export interface RpcServerOptions extends Partial<ConnectionTimes> {
  /** Judges every call before its handler; without it every caller is trusted. */
  readonly guard?: CallGuard | undefined;
  /** Encrypts the port; without them it is not. */
  readonly certificates?: CertificateFiles | undefined;
}

export async function startRpcServer(
  host: string,
  port: number,
  services: readonly RpcService[],
  { guard, certificates, ...times }: RpcServerOptions = {},
): Promise<RpcServer> {
  const calls = new OpenCalls();
  const follow: ServerInterceptor = (method, call) => calls.interceptor(method, poolFrames(call));
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES + FRAMING_BYTES,
    interceptors: guard ? [follow, guardCalls(guard)] : [follow],
  });
  for (const { definition, handlers } of services) server.addService(definition, handlers);
  const names = services.map((service) => service.name);
  const health = new HealthImplementation({
    ...{ "": "NOT_SERVING", [READY]: "NOT_SERVING" },
    [LIVE]: "SERVING",
  });
  health.addToServer(server);
  const reflection = addReflection(server, [...names, HEALTH_SERVICE]);
  const listed = ["", READY, ...names, HEALTH_SERVICE, ...REFLECTION_SERVICES];
  const credentials = certificates
    ? new RenewedServerCredentials(certificates, times.prefaceMs ?? CONNECTION_TIMES.prefaceMs)
    : ServerCredentials.createInsecure();
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(formatHostPort(host, port), credentials, (error, actual) =>
      error ? reject(error) : resolve(actual),
    );
  });
  const standard = [...Object.values(healthDefinition), ...reflection].map(({ path }) => path);
  const own = services.flatMap(({ definition }) => Object.values(definition));
  guardConnections(server, new Admission([...standard, ...own.map(({ path }) => path)]), times);
  const receiving = new Set(services.flatMap((service) => service.endWhileReceiving));
  return {
    address: formatHostPort(host, bound),
    port: bound,
    setServing(serving) {
      for (const name of listed) health.setStatus(name, serving ? "SERVING" : "NOT_SERVING");
    },
    endEndless() {
      calls.endMethods(new Set(standard), draining());
      calls.endUnreceived(receiving, draining());
    },
    close: (graceMs) => closeWithin(server, calls, graceMs),
  };
}

async function closeWithin(server: Server, calls: OpenCalls, graceMs: number): Promise<void> {
  const closed = new AbortController();
  server.tryShutdown(() => closed.abort());
  await pause(graceMs, closed.signal);
  if (closed.signal.aborted) return;
  calls.endAll(draining());
  await pause(FAREWELL_MS, closed.signal);
  server.forceShutdown();
}

function draining(): DepthmeshError {
  return new DepthmeshError("DRAINING", "the process is shutting down");
}
