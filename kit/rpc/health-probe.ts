/** Exits with 0 when the service at DEPTHMESH_PORT of this machine says SERVING: the health check of a container. */
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";
import { COMMON_SETTINGS, readSettings } from "../config.js";

const TIMEOUT_MS = 4_000;

interface HealthReply {
  readonly status: string;
}

const { port } = readSettings({ port: COMMON_SETTINGS.port });
const definition = loadPackageDefinition(loadSync(protoPath, { enums: String, defaults: true }));
const { Health } = (definition.grpc as { health: { v1: { Health: unknown } } }).health.v1;
const client = new (Health as ServiceClientConstructor)(
  `127.0.0.1:${port}`,
  credentials.createInsecure(),
);
client.check?.(
  { service: "" },
  { deadline: Date.now() + TIMEOUT_MS },
  (error: Error | null, reply?: HealthReply) => {
    if (reply?.status === "SERVING") process.exit(0);
    process.stderr.write(`${error ? error.message : reply?.status}\n`);
    process.exit(1);
  },
);
