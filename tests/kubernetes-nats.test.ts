/**
 * The configurations of nats-server in deploy/kubernetes: the server takes both, and three servers
 * with that of the component become one cluster, which KEDA can find its way in.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { knowsSync, NATS_USERS } from "../launcher/nats-server.js";
import { eventually } from "../testing/eventually.js";
import { freePort, freePorts } from "../testing/free-ports.js";
import { spawnGuarded } from "../testing/guarded-child.js";
import {
  type EnvironmentEntry,
  type Manifest,
  manifestPath,
  manifestsIn,
} from "../testing/kubernetes/manifests.js";

const PASSWORD = "pNoSecretInTests";
const folder = mkdtempSync(join(tmpdir(), "depthmesh-kubernetes-nats-"));
const servers: ChildProcess[] = [];
after(async () => {
  for (const server of servers) {
    if (server.exitCode !== null || server.signalCode !== null) continue;
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

/** The environment of the pod with this number: passwords, and what the manifest makes of them. */
function environmentOf(pod: number, replaced: (text: string) => string): Record<string, string> {
  const passwords = NATS_USERS.map((user) => [`DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`]);
  const secret = Object.fromEntries(
    [...passwords, ["NATS_ROUTE_PASSWORD"]].map(([name]) => [name, PASSWORD]),
  );
  type Pods = { template: { spec: { containers: { env: EnvironmentEntry[] }[] } } };
  const [set] = manifestsIn("components", "nats-cluster", "nats.yaml") as Manifest<Pods>[];
  const entries = set?.spec.template.spec.containers[0]?.env ?? [];
  const made = entries.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, replaced(expanded(value, secret))]],
  );
  return { ...secret, ...Object.fromEntries(made), POD_NAME: `nats-${pod}` };
}

/** As Kubernetes expands `$(NAME)`. */
const expanded = (text: string, values: Readonly<Record<string, string>>) =>
  text.replace(/\$\((\w+)\)/g, (_, name: string) => values[name] ?? assert.fail(name));

/** A configuration that runs here: other folders and ports, and no option that 2.9 lacks. */
async function configurationIn(pod: string, file: string, ports: Readonly<Record<string, number>>) {
  const own = join(folder, pod);
  mkdirSync(join(own, "users"), { recursive: true });
  cpSync(packagePath("deploy", "nats-users.conf"), join(own, "users", "nats-users.conf"));
  let text = readFileSync(file, "utf8").replace("store_dir: /data", `store_dir: "${own}/data"`);
  for (const [port, here] of Object.entries(ports))
    text = text.replace(`port: ${port}`, `port: ${here}`);
  if (!(await knowsSync())) text = text.replace("sync_interval: always", "");
  const path = join(own, "nats.conf");
  writeFileSync(path, text);
  return path;
}

function start(configuration: string, environment: Record<string, string>, ...options: string[]) {
  const command = ["-c", configuration, ...options];
  const server = spawnGuarded("nats-server", command, {
    stdio: "ignore",
    env: childEnvironment(environment),
  });
  servers.push(server);
  return server;
}

test("nats-server takes the configuration of the one server", async () => {
  const file = await configurationIn("one", manifestPath("nats", "nats.conf"), {});
  const [code] = await once(
    start(
      file,
      environmentOf(0, (text) => text),
      "-t",
    ),
    "exit",
  );
  assert.equal(code, 0);
});

test("three servers become one cluster, and one without the password stays out", async () => {
  const count = 3;
  const routes = await freePorts(count);
  const monitors = await freePorts(count);
  const here = (text: string) =>
    text.replace(/nats-(\d)\.nats:6222/g, (_, pod: string) => `127.0.0.1:${routes[Number(pod)]}`);
  const source = manifestPath("components", "nats-cluster", "nats.conf");
  for (let pod = 0; pod < count; pod++) {
    const ports = { 4222: -1, 8222: monitors[pod] ?? 0, 6222: routes[pod] ?? 0 };
    start(await configurationIn(`nats-${pod}`, source, ports), environmentOf(pod, here));
  }
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${monitors[0]}/${path}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const meta = async () =>
    (await ask("jsz").catch(() => ({}))) as {
      meta_cluster?: { leader?: string; cluster_size: number };
    };
  await eventually("a leader is chosen", async () => (await meta()).meta_cluster?.leader, 30_000);
  assert.equal((await meta()).meta_cluster?.cluster_size, count);
  // KEDA goes by the routes only where no addresses for clients are told.
  assert.equal((await ask("varz")).connect_urls, undefined);
  const stranger = { 4222: -1, 8222: await freePort(), 6222: await freePort() };
  const wrong = environmentOf(9, (text) => here(text).replace(PASSWORD, "pWrong"));
  start(
    await configurationIn("stranger", source, stranger),
    { ...wrong, NATS_ROUTE_PASSWORD: "pWrong" },
    "-l",
    join(folder, "stranger", "log"),
  );
  const log = join(folder, "stranger", "log");
  await eventually("the stranger is refused", () => /Authorization Violation/.test(textOf(log)));
  assert.equal((await meta()).meta_cluster?.cluster_size, count);
});

/** Empty before it exists. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
