/** `depthmesh up`: runs a whole mesh on this machine until Ctrl-C. */
import { type Command, Option } from "commander";
import { Mesh } from "../../launcher/mesh.js";
import { removeMeshFile, writeMeshFile } from "../../launcher/mesh-file.js";
import { count } from "../options.js";

interface UpOptions {
  readonly depth: number;
  readonly render: number;
  readonly encode: number;
  readonly port: number;
  readonly data: string;
  readonly sync: "always" | "default";
}

const workers = count(0, 64);

export function addUp(program: Command): void {
  program
    .command("up")
    .description("run nats-server, a gateway and workers for each stage until Ctrl-C")
    .option("--depth <n>", "number of depth workers", workers, 1)
    .option("--render <n>", "number of render workers", workers, 1)
    .option("--encode <n>", "number of encode workers", workers, 1)
    .option("--port <port>", "port of the gateway; 0 picks a free one", count(0, 65535), 7410)
    .option("--data <folder>", "folder for jobs, results and logs", ".depthmesh")
    .addOption(
      new Option(
        "--sync <when>",
        "when nats-server syncs acknowledged messages to disk: always = before it acknowledges them (needs NATS 2.10), default = within two minutes",
      )
        .choices(["always", "default"])
        .default("default"),
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener("abort", () => resolve());
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const mesh = await Mesh.start({
    signal: stop.signal,
    ...options,
    logs: "inherit",
    onRestart: (part, { cause, delayMs }) => {
      const what = cause === "silent" ? "stopped answering and was killed" : "died";
      process.stderr.write(`${part} ${what}; restarting it in ${delayMs} ms\n`);
    },
  }).catch((error) => {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("stopped before the mesh was ready\n");
  });
  if (!mesh) return;
  const { address: grpc, natsUrl: nats, traces, data, workers } = mesh;
  try {
    writeMeshFile({ grpc, nats, traces, data, workers });
  } catch (error) {
    await mesh.stop();
    throw error;
  }
  process.stdout.write(`ready grpc=${grpc}\n`);
  await stopped;
  process.stderr.write("shutting down: waiting for running work\n");
  removeMeshFile();
  await mesh.stop();
}
