/** `depthmesh up`: runs a whole mesh on this machine, or workers of another one, until Ctrl-C. */
import { type Command, Option } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { hostOf, MAX_PORT, parseHostPort } from "../../kit/network/host-port.js";
import { isLoopback } from "../../kit/network/loopback.js";
import type { ChildName } from "../../launcher/child.js";
import { isFree } from "../../launcher/gateway-address.js";
import { assertCanListen, type Listening } from "../../launcher/listening.js";
import { Mesh } from "../../launcher/mesh.js";
import { removeMeshFile, writeMeshFile } from "../../launcher/mesh-file.js";
import { dataFolder } from "../data-folder.js";
import { joinMesh } from "../join-mesh.js";
import { count } from "../options.js";
import { print } from "../print.js";
import { restartLine } from "../restart-line.js";
import { printWorkers, runUntilStopped } from "../run-until-stopped.js";
import {
  addWorkerOptions,
  type WorkerOptions,
  workerCounts,
  workerSettings,
} from "../worker-options.js";

export interface UpOptions extends WorkerOptions {
  readonly listen?: string;
  readonly natsPort?: number;
  readonly internalPort?: number;
  readonly join?: string;
  readonly gateways: number;
  readonly port: number;
  readonly adminPort?: number;
  readonly web: boolean;
  readonly webPort?: number;
  readonly metrics?: number;
  readonly data?: string;
  readonly sync: "always" | "default";
  readonly tls?: string;
}

/** Options of a whole mesh, which workers of another one do not have. */
const MESH_OPTIONS = [
  "gateways",
  "port",
  "adminPort",
  "webPort",
  "web",
  "sync",
  "tls",
  "natsPort",
  "internalPort",
];

export function addUp(program: Command): void {
  const command = program
    .command("up")
    .description("run nats-server, a gateway and workers for each stage until Ctrl-C");
  addWorkerOptions(command)
    .option(
      "--gateways <n>",
      "number of gateways; those after the first have any free ports, and several keep their files in NATS unless DEPTHMESH_BLOB_STORE=s3 is set",
      count(1, 16),
      1,
    )
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
    .addOption(
      new Option(
        "--metrics <port>",
        "first of the ports that Prometheus reads, one for each process; 0 picks free ones (default: none)",
      )
        .argParser(count(0, 65535))
        .env("DEPTHMESH_METRICS_PORT"),
    )
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
    .optionsGroup("Several machines:")
    .option(
      "--listen <address>",
      "address of this machine that workers on other hosts reach: NATS and the internal port listen there, and join.json in the data folder lets others join",
      listeningHost,
    )
    .option(
      "--nats-port <port>",
      `port of NATS, with --listen (default: ${DEFAULT_NATS_PORT})`,
      count(1, MAX_PORT),
    )
    .option(
      "--internal-port <port>",
      "internal port of the gateway, with --listen (default: two after --port)",
      count(1, MAX_PORT),
    )
    .addOption(
      new Option(
        "--join <file>",
        "run workers only, of the mesh whose join.json this file is; --listen says which address of this machine the others reach (default: the one that leads there)",
      ).conflicts(MESH_OPTIONS),
    )
    .action((options: UpOptions) => (options.join === undefined ? up(options) : joinMesh(options)));
}

async function up(options: UpOptions): Promise<void> {
  const { listen: _, ...meshOptions } = options;
  const listen = listeningOf(options);
  if (listen) await assertCanListen(listen);
  const webPort = options.web ? (options.webPort ?? (await freeWebPort(options.port))) : undefined;
  await runUntilStopped({
    what: "the mesh was",
    start: async (signal) => {
      let mesh: Mesh | undefined;
      mesh = await Mesh.start({
        signal,
        ...meshOptions,
        ...workerCounts(options),
        environment: workerSettings(options),
        ...(listen && { listen }),
        adminPort: options.adminPort ?? adminPortAfter(options.port),
        ...(webPort !== undefined && { webPort }),
        ...(options.metrics !== undefined && { metricsPort: options.metrics }),
        data: dataFolder(options.data),
        logs: "inherit",
        onRestart: (part, restart) => {
          process.stderr.write(restartLine(part, restart));
          if (mesh && part !== "nats-server") void announceAgain(mesh, part, signal);
        },
      });
      return mesh;
    },
    show: (mesh) => {
      announce(mesh);
      print(`ready grpc=${mesh.addressesOf("grpc")} admin=${mesh.addressesOf("admin")}`);
      printWorkers(mesh);
      if (mesh.webAddress) print(`studio ${mesh.webAddress}/`);
      if (listen) process.stderr.write(howToJoin(mesh, listen, options));
    },
    beforeStop: removeMeshFile,
  });
}

const DEFAULT_NATS_PORT = 4222;
/** How far the internal port is after the public one: 7410 and 7412. */
const INTERNAL_PORT_DISTANCE = 2;
const DEFAULT_INTERNAL_PORT = 7412;

/**
 * Undefined where no other hosts join. Throws PARAMETER_CONFLICT for ports without an address.
 */
function listeningOf({ listen, natsPort, internalPort, port }: UpOptions): Listening | undefined {
  if (listen === undefined) {
    if (natsPort === undefined && internalPort === undefined) return undefined;
    const option = natsPort === undefined ? "--internal-port" : "--nats-port";
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${option} is for a mesh that other machines join; pass --listen ADDRESS too`,
      { metadata: { field: option } },
    );
  }
  const after = port + INTERNAL_PORT_DISTANCE;
  const usual = port === 0 || after > MAX_PORT ? DEFAULT_INTERNAL_PORT : after;
  return {
    host: listen,
    natsPort: natsPort ?? DEFAULT_NATS_PORT,
    internalPort: internalPort ?? usual,
  };
}

/** Throws PARAMETER_OUT_OF_RANGE for what is no name and no address. */
function listeningHost(text: string): string {
  const { host, port } = parseHostPort(text) ?? {};
  if (host !== undefined && port === undefined) return host;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `"${text.slice(0, 100)}" of --listen is no name and no IP address; ports have options of their own`,
    { metadata: { field: "--listen" } },
  );
}

/** What the operator of the other machine does, and what stays closed or open to be read. */
function howToJoin(mesh: Mesh, { host }: Listening, { tls }: UpOptions): string {
  const lines = [
    `other machines join with a copy of ${mesh.joinFile}, which has secrets: depthmesh up --join FILE`,
  ];
  if (isLoopback(hostOf(mesh.address))) {
    lines.push(
      "callers of the API reach this machine only: DEPTHMESH_IDENTITY=on opens the public port to other hosts",
    );
  }
  if (tls === undefined) {
    lines.push(
      `warning: connections are not encrypted, so that whoever reads this network can read the secrets; depthmesh certs --hosts ${host} makes certificates for --tls`,
    );
  }
  return `${lines.join("\n")}\n`;
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
  const { natsUrl: nats, traces, data, workers, webAddress: web } = mesh;
  const [grpc, admin] = [mesh.addressesOf("grpc"), mesh.addressesOf("admin")];
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
