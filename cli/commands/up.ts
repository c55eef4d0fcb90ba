/** `depthmesh up`: runs a whole mesh on this machine until Ctrl-C. */
import { type Command, Option } from "commander";
import type { ChildName } from "../../launcher/child.js";
import { isFree } from "../../launcher/gateway-address.js";
import { Mesh } from "../../launcher/mesh.js";
import { removeMeshFile, writeMeshFile } from "../../launcher/mesh-file.js";
import type { Restart } from "../../launcher/supervised.js";
import { dataFolder } from "../data-folder.js";
import { count } from "../options.js";

interface UpOptions {
  readonly depth: number;
  readonly render: number;
  readonly encode: number;
  readonly port: number;
  readonly adminPort?: number;
  readonly web: boolean;
  readonly webPort?: number;
  readonly data?: string;
  readonly sync: "always" | "default";
  readonly tls?: string;
}

const workers = count(0, 64);

const ENDS: Readonly<Record<Restart["cause"], string>> = {
  died: "died",
  silent: "stopped answering and was killed",
  drained: "was drained",
};

export function addUp(program: Command): void {
  program
    .command("up")
    .description("run nats-server, a gateway and workers for each stage until Ctrl-C")
    .option("--depth <n>", "number of depth workers", workers, 1)
    .option("--render <n>", "number of render workers", workers, 1)
    .option("--encode <n>", "number of encode workers", workers, 1)
    .option(
      "--port <port>",
      "public port of the gateway, on 127.0.0.1 unless DEPTHMESH_HOST is set; 0 picks a free one",
      count(0, 65535),
      7410,
    )
    .option(
      "--admin-port <port>",
      "admin port of the gateway; 0 picks a free one (default: the one after --port)",
      count(0, 65535),
    )
    .option(
      "--web-port <port>",
      "port of the studio and the HTTP API; 0 picks a free one (default: 70 after --port, or a free one if that is taken)",
      count(0, 65535),
    )
    .option("--no-web", "do not start the web service, which serves the studio and the HTTP API")
    .option(
      "--data <folder>",
      "folder for jobs, results and logs (default: depthmesh in the user's data folder)",
    )
    .addOption(
      new Option(
        "--sync <when>",
        "when nats-server syncs acknowledged messages to disk: always = before it acknowledges them (needs NATS 2.10), default = within two minutes",
      )
        .choices(["always", "default"])
        .default("default"),
    )
    .option(
      "--tls <folder>",
      "encrypt all connections with the certificates of this folder, which `depthmesh certs` makes",
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener("abort", () => resolve());
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  let mesh: Mesh | undefined;
  mesh = await Mesh.start({
    signal: stop.signal,
    ...options,
    adminPort: options.adminPort ?? adminPortAfter(options.port),
    ...(options.web && { webPort: options.webPort ?? (await freeWebPort(options.port)) }),
    data: dataFolder(options.data),
    logs: "inherit",
    onRestart: (part, { cause, delayMs }) => {
      process.stderr.write(`${part} ${ENDS[cause]}; restarting it in ${delayMs} ms\n`);
      if (mesh && part !== "nats-server") void announceAgain(mesh, part, stop.signal);
    },
  }).catch((error) => {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("stopped before the mesh was ready\n");
    return undefined;
  });
  if (!mesh) return;
  try {
    announce(mesh);
  } catch (error) {
    await mesh.stop();
    throw error;
  }
  process.stdout.write(`ready grpc=${mesh.address} admin=${mesh.adminAddress}\n`);
  for (const { service, address } of mesh.workers) {
    process.stdout.write(`worker ${service} grpc=${address}\n`);
  }
  if (mesh.webAddress) process.stdout.write(`studio ${mesh.webAddress}/\n`);
  await stopped;
  process.stderr.write("shutting down: waiting for running work\n");
  removeMeshFile();
  await mesh.stop();
}

/** A number that the user need not look up; none follows the last port. */
function adminPortAfter(port: number): number {
  return port === 0 || port === 65_535 ? 0 : port + 1;
}

/** How far the port of the web service is after that of the gateway: 7410 and 7480. */
const WEB_PORT_DISTANCE = 70;

/** A number that the user need not look up, unless another program has it. */
async function freeWebPort(port: number): Promise<number> {
  const wanted = port + WEB_PORT_DISTANCE;
  if (port === 0 || wanted > 65_535) return 0;
  return (await isFree("127.0.0.1", wanted)) ? wanted : 0;
}

/** Lets other commands find the mesh. */
function announce(mesh: Mesh): void {
  const { address: grpc, adminAddress: admin, natsUrl: nats, traces, data, workers } = mesh;
  const { webAddress: web } = mesh;
  const { token, tls } = mesh.access;
  writeMeshFile({
    ...{ grpc, admin, nats, token, traces, data, workers },
    ...(web && { web }),
    ...(tls && { tls }),
  });
}

/** A worker that was restarted listens at another address. */
async function announceAgain(mesh: Mesh, part: ChildName, stop: AbortSignal): Promise<void> {
  await Promise.all(mesh.children(part).map((child) => child.untilServing()));
  if (!stop.aborted) announce(mesh);
}
