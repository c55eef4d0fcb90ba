/** A client of grpc.health.v1, the standard health service. */
import { loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { serverNameOptions } from "./client.js";
import { type MeshAccess, ownAccess } from "./mesh-access.js";

export type HealthStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

type Reply = (error: Error | null, reply: { readonly status: HealthStatus }) => void;

/** Loaded by the first question: it takes a tenth of a second, which most commands need not pay. */
async function loadHealth(): Promise<ServiceClientConstructor> {
  const { loadSync } = await import("@grpc/proto-loader");
  const { protoPath } = await import("grpc-health-check");
  const definition = loadPackageDefinition(loadSync(protoPath, { enums: String, defaults: true }));
  const { Health } = (definition.grpc as { health: { v1: { Health: unknown } } }).health.v1;
  return Health as ServiceClientConstructor;
}

let loading: Promise<ServiceClientConstructor> | undefined;

/**
 * The health of the server at `address`, or of one name of it, asked over a separate connection.
 * Rejects if there is no answer within `timeoutMs`.
 */
export async function askHealth(
  address: string,
  timeoutMs: number,
  { channel, serverName }: Pick<MeshAccess, "channel" | "serverName"> = ownAccess(),
  service = "",
): Promise<HealthStatus> {
  loading ??= loadHealth();
  const Health = await loading;
  const client = new Health(address, channel, {
    "grpc.use_local_subchannel_pool": 1,
    ...serverNameOptions(serverName),
  });
  const asked = new Promise<HealthStatus>((resolve, reject) => {
    const take: Reply = (error, reply) => (error ? reject(error) : resolve(reply.status));
    client.check?.({ service }, { deadline: Date.now() + timeoutMs }, take);
  });
  return asked.finally(() => client.close());
}
