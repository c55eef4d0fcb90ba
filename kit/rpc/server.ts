/** The gRPC server of every process, with the standard health and reflection services. */
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { MESH_CHANNEL_OPTIONS } from "./client.js";
import { addReflection } from "./reflection.js";
import { passUndecodable } from "./requests.js";

/** One service and its handlers. */
export interface RpcService {
  /** Full name, for example `depthmesh.v1.JobService`. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

export interface RpcServer {
  /** host:port that the server listens on. */
  readonly address: string;
  readonly port: number;
  /** Sets the status in grpc.health.v1, of the whole server and of each service. */
  setServing(serving: boolean): void;
  /** Stops accepting calls, waits up to `graceMs` for running ones, then ends the rest. */
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
): RpcService {
  const path = Object.values(definition)[0]?.path ?? "";
  return { name: path.split("/")[1] ?? "", definition: passUndecodable(definition), handlers };
}

export async function startRpcServer(
  host: string,
  port: number,
  services: readonly RpcService[],
): Promise<RpcServer> {
  const server = new Server(MESH_CHANNEL_OPTIONS);
  for (const { definition, handlers } of services) server.addService(definition, handlers);
  const names = services.map((service) => service.name);
  const health = new HealthImplementation({ "": "NOT_SERVING" });
  health.addToServer(server);
  addReflection(server, [...names, "grpc.health.v1.Health"]);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, actual) =>
      error ? reject(error) : resolve(actual),
    );
  });
  return {
    address: `${host}:${bound}`,
    port: bound,
    setServing(serving) {
      for (const name of ["", ...names])
        health.setStatus(name, serving ? "SERVING" : "NOT_SERVING");
    },
    close: (graceMs) => closeWithin(server, graceMs),
  };
}

function closeWithin(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
