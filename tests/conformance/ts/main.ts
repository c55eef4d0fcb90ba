/** The runner of the TypeScript client; README.md of the folder above describes what it does. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DepthmeshClient } from "../../../client/client.js";
import { REASONS } from "../../../core/error-reasons.js";
import { toDepthmeshError } from "../../../core/errors.js";
import { OPERATIONS, unary } from "./operations.js";

interface Connection {
  readonly address: string;
  readonly key?: string;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly privateKeyFile?: string;
}

interface Line {
  readonly id: number;
  readonly do: string;
  readonly to: Connection;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  readonly paced?: boolean;
  readonly cancel?: number;
  readonly next?: number;
  readonly run?: number;
}

/** A call that runs: how to cancel it, and how many items it may still take. */
interface Running {
  readonly controller: AbortController;
  permits: number;
  wake: () => void;
}

const clients = new Map<string, DepthmeshClient>();
const calls = new Map<number, Running>();

function clientFor(to: Connection): DepthmeshClient {
  const name = JSON.stringify(to);
  const known = clients.get(name);
  if (known) return known;
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const tls = to.caFile !== undefined && {
    rootCertificates: read(to.caFile),
    certificate: read(to.certificateFile),
    privateKey: read(to.privateKeyFile),
  };
  const client = new DepthmeshClient(to.address, { key: to.key, ...(tls && { tls }) });
  clients.set(name, client);
  return client;
}

function write(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function run({ id, do: name, to, with: argument = {}, timeoutMs, paced }: Line) {
  const running: Running = {
    controller: new AbortController(),
    permits: paced === true ? 0 : Number.POSITIVE_INFINITY,
    wake: () => {},
  };
  calls.set(id, running);
  const { signal } = running.controller;
  const pace = async () => {
    while (running.permits === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        running.wake = resolve;
      });
    }
    running.permits--;
  };
  const operation = {
    ...{ client: clientFor(to), argument, signal, timeoutMs, pace },
    yield: (item: unknown) => write({ id, item }),
  };
  try {
    write({ id, result: await (OPERATIONS[name] ?? unary(name))(operation) });
  } catch (thrown) {
    const error = toDepthmeshError(thrown);
    if (error.reason === "INTERNAL") console.error(name, thrown);
    const { reason, message, metadata, violations, retryDelayMs } = error;
    const { code } = REASONS[reason];
    write({ id, error: { reason, code, message, metadata, violations, retryDelayMs } });
  } finally {
    calls.delete(id);
  }
}

write({ ready: "ts" });
for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text) as Line;
  const other = calls.get(line.cancel ?? line.next ?? line.run ?? 0);
  if (line.cancel !== undefined) other?.controller.abort();
  else if (line.next !== undefined && other) other.permits++;
  else if (line.run !== undefined && other) other.permits = Number.POSITIVE_INFINITY;
  else if (line.do !== undefined) void run(line);
  other?.wake();
}
process.exit();
