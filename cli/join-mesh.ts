/** `depthmesh up --join`: runs workers of a mesh of another machine until Ctrl-C. */
import { resolve } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { readJoinFile } from "../launcher/join-file.js";
import { JoinedWorkers } from "../launcher/joined-workers.js";
import { dataFolder } from "./data-folder.js";
import { print } from "./print.js";
import { restartLine } from "./restart-line.js";
import { printWorkers, runUntilStopped } from "./run-until-stopped.js";
import { type WorkerOptions, workerCounts, workerSettings } from "./worker-options.js";

interface JoinOptions extends WorkerOptions {
  readonly join?: string;
  readonly listen?: string;
  readonly metrics?: number;
  readonly data?: string;
}

/** Throws PARAMETER_CONFLICT where it would run no worker, and what reading the file throws. */
export async function joinMesh(options: JoinOptions): Promise<void> {
  const file = readJoinFile(resolve(options.join ?? ""));
  const workers = workerCounts(options);
  if (Object.values(workers).every((number) => number === 0)) {
    const message = "--join runs workers, and the options leave none; see --stages";
    throw new DepthmeshError("PARAMETER_CONFLICT", message);
  }
  await runUntilStopped({
    what: "the workers were",
    start: (signal) =>
      JoinedWorkers.start({
        ...{ file, workers, signal },
        data: dataFolder(options.data),
        environment: workerSettings(options),
        ...(options.metrics !== undefined && { metricsPort: options.metrics }),
        ...(options.listen !== undefined && { host: options.listen }),
        onRestart: (part, restart) => process.stderr.write(restartLine(part, restart)),
      }),
    show: (joined) => {
      print(`joined gateway=${file.gateway} nats=${file.nats}`);
      printWorkers(joined);
    },
  });
}
