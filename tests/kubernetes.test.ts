/**
 * What the manifests of deploy/kubernetes say agrees with the services: settings, ports, probes,
 * times, images and streams. Their form is checked by scripts/kubernetes.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { COMMON_SETTINGS, readSettings, type Settings } from "../kit/config.js";
import { packagePath, VERSION } from "../kit/process/package-path.js";
import { LIVE, READY } from "../kit/rpc/server.js";
import { TELEMETRY_SETTINGS } from "../kit/telemetry/settings.js";
import { stopGraceOf } from "../launcher/stop-grace.js";
import { WORKER_SETTINGS } from "../pipeline/settings.js";
import { LANES, STAGES } from "../pipeline/stages.js";
import { workConsumer, workStream } from "../pipeline/topology/names.js";
import { DEPTH_SETTINGS } from "../services/depth/config.js";
import { ENCODE_SETTINGS } from "../services/encode/config.js";
import { GATEWAY_SETTINGS } from "../services/gateway/config.js";
import { RENDER_SETTINGS } from "../services/render/config.js";
import { WEB_SETTINGS } from "../services/web/config.js";
import {
  type Container,
  type DeploymentSpec,
  kustomizationOf,
  literalsOf,
  manifestPath,
  manifestsOf,
  type ScaledObjectSpec,
  type ServiceSpec,
} from "../testing/kubernetes/manifests.js";

const run = promisify(execFile);

const TABLES: Readonly<Record<string, Settings<object>>> = {
  gateway: GATEWAY_SETTINGS,
  depth: DEPTH_SETTINGS,
  render: RENDER_SETTINGS,
  encode: ENCODE_SETTINGS,
  web: WEB_SETTINGS,
};
const SERVICES = Object.keys(TABLES);
/** What the system and Mesa read. */
const FOREIGN = ["XDG_CACHE_HOME"];

const deployments = manifestsOf<DeploymentSpec>("Deployment", "base");
const podOf = (service: string) =>
  deployments.get(service)?.spec.template.spec ?? assert.fail(`no deployment ${service}`);
const containerOf = (service: string): Container =>
  podOf(service).containers[0] ?? assert.fail(`no container in ${service}`);

/** A value for what comes from a Secret or from the pod. */
const STAND_INS: Readonly<Record<string, string>> = {
  DEPTHMESH_NATS_URL: "nats://user:secret@nats:4222",
  DEPTHMESH_ADVERTISE_HOST: "fd00::17",
  DEPTHMESH_OPERATOR_KEY_SHA256: "0".repeat(64),
};

/** The environment of a service's container, as the base makes it. */
function environmentOf(service: string): Record<string, string> {
  const { envFrom, env } = containerOf(service);
  const maps = envFrom.map(({ configMapRef }) => literalsOf(configMapRef?.name ?? "", "base"));
  const own = env.map(({ name, value }) => [name, value ?? STAND_INS[name] ?? "s".repeat(64)]);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}

test("each service has a deployment, of the image that deploy/build makes of this version", async () => {
  assert.deepEqual([...deployments.keys()].sort(), [...SERVICES].sort());
  const dockerfile = await readFile(packagePath("deploy", "Dockerfile"), "utf8");
  const targets = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
  const tags = new Map(kustomizationOf("base").images?.map((one) => [one.name, one.newTag]));
  for (const service of SERVICES) {
    assert.ok(targets.includes(service));
    assert.equal(containerOf(service).image, `depthmesh-${service}`);
    assert.equal(tags.get(`depthmesh-${service}`), VERSION);
  }
  const [cuda] = (parse(
    await readFile(manifestPath("overlays", "gpu", "kustomization.yaml"), "utf8"),
  ).images ?? []) as { newName: string; newTag: string }[];
  assert.equal(cuda?.newName, "depthmesh-depth-cuda");
  assert.equal(cuda?.newTag, VERSION);
  assert.ok(targets.includes("depth-cuda"));
});

for (const service of SERVICES) {
  test(`${service} reads every variable of its container, and takes its value`, () => {
    const table = { ...TELEMETRY_SETTINGS, ...TABLES[service] } as Settings<object>;
    const known = new Set(Object.values(table).map(({ variable }) => variable));
    // All services share one map; the gateway's address is not for itself.
    const environment = environmentOf(service);
    for (const name of Object.keys(environment)) {
      assert.ok(known.has(name) || FOREIGN.includes(name), `${service} reads no ${name}`);
    }
    readSettings(table, environment);
  });

  test(`${service} is probed where it listens, by the name that is meant`, async () => {
    const container = containerOf(service);
    const { startupProbe: startup, livenessProbe: live, readinessProbe: ready } = container;
    const dockerfile = await readFile(packagePath("deploy", "Dockerfile"), "utf8");
    const stage = dockerfile.split(/^FROM /m).find((text) => text.includes(` AS ${service}\n`));
    const port = Number(/DEPTHMESH_PORT=(\d+)/.exec(stage ?? "")?.[1] ?? 7410);
    for (const probe of [startup, live, ready]) {
      assert.equal((probe.grpc ?? probe.httpGet)?.port, port);
      assert.ok(container.ports.some(({ containerPort }) => containerPort === port));
    }
    if (service === "web") {
      assert.equal(live.httpGet?.path, "/health/live");
      assert.equal(ready.httpGet?.path, "/health/ready");
    } else {
      assert.equal(startup.grpc?.service, LIVE);
      assert.equal(live.grpc?.service, LIVE);
      assert.equal(ready.grpc?.service, READY);
    }
    // A service waits for NATS as long as it may take to come, before its port is open.
    assert.ok(startup.periodSeconds * startup.failureThreshold >= 600);
  });

  test(`${service} has the time to drain before it is killed`, () => {
    const { terminationGracePeriodSeconds: seconds } = podOf(service);
    const { DEPTHMESH_DRAIN_MS = String(defaultDrainMs()) } = environmentOf(service);
    const preStopSeconds = containerOf(service).lifecycle?.preStop.sleep.seconds ?? 0;
    const neededMs = 1_000 * preStopSeconds + stopGraceOf({ DEPTHMESH_DRAIN_MS });
    assert.ok(1_000 * seconds >= neededMs, `${seconds} s, but it needs ${neededMs} ms`);
    assert.ok(1_000 * seconds < neededMs + 30_000, "and does not keep a node's end back longer");
  });

  test(`${service} has no rights, writes into volumes with a limit only, and has limits`, () => {
    const pod = podOf(service);
    const container = containerOf(service);
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    for (const { name, emptyDir } of pod.volumes) assert.ok(emptyDir?.sizeLimit, name);
    const mounted = container.volumeMounts.map(({ mountPath }) => mountPath);
    const { DEPTHMESH_TRACES = "", XDG_CACHE_HOME = "/tmp" } = environmentOf(service);
    for (const path of ["/tmp", DEPTHMESH_TRACES, XDG_CACHE_HOME])
      assert.ok(mounted.includes(path));
    if (service === "encode") assert.ok(mounted.includes("/work"));
    if (service === "gateway") assert.ok(mounted.includes("/data"));
    assert.deepEqual(Object.keys(container.resources.limits), ["cpu", "memory"]);
  });
}

const defaultDrainMs = () => readSettings({ drainMs: COMMON_SETTINGS.drainMs }, {}).drainMs;

test("components and overlays set only what the service reads", () => {
  const known = new Set(
    Object.values(GATEWAY_SETTINGS as Settings<object>).map(({ variable }) => variable),
  );
  for (const component of ["s3", "file-store", "nats-cluster"]) {
    const literals = literalsOf("depthmesh-gateway", "components", component);
    assert.ok(Object.keys(literals).length > 0, component);
    for (const name of Object.keys(literals)) assert.ok(known.has(name), `${component}: ${name}`);
    const base = { ...environmentOf("gateway"), ...literals };
    readSettings(GATEWAY_SETTINGS, base);
  }
  const settings = literalsOf("depthmesh-settings", "components", "ipv6");
  assert.deepEqual(Object.keys(settings), ["DEPTHMESH_HOST", "DEPTHMESH_METRICS_HOST"]);
});

test("every variable in any file is known to the mesh", async () => {
  const { KNOWN_VARIABLES } = await import("../kit/known-variables.js");
  const { stdout } = await run("grep", ["-rhoE", "DEPTHMESH_[A-Z0-9_]+", manifestPath()]);
  const known = new Set<string>(KNOWN_VARIABLES);
  const unknown = stdout
    .split("\n")
    .filter((name) => name !== "" && !known.has(name))
    .filter((name) => !/^DEPTHMESH_NATS_([A-Z]+_)?PASSWORD$|^DEPTHMESH_NATS_$/.test(name));
  assert.deepEqual(unknown, []);
});

test("the ports of the services are those of the settings and of the metrics", () => {
  const { adminPort, internalPort } = readSettings(GATEWAY_SETTINGS, environmentOf("gateway"));
  const ports = containerOf("gateway").ports.map(({ containerPort }) => containerPort);
  assert.deepEqual(ports, [7410, adminPort, internalPort, 9464]);
  const services = manifestsOf<ServiceSpec>("Service", "base");
  assert.deepEqual(
    services.get("gateway")?.spec.ports.map(({ port }) => port),
    [7410, adminPort, internalPort],
  );
  for (const service of SERVICES) {
    const { metricsPort } = readSettings(TELEMETRY_SETTINGS, environmentOf(service));
    const container = containerOf(service);
    const named = container.ports.find(({ name }) => name === "metrics");
    assert.equal(named?.containerPort, metricsPort);
  }
});

test("a ScaledObject adds up the three lanes of its stage, and aims at the slots of a worker", () => {
  const scaled = manifestsOf<ScaledObjectSpec>("ScaledObject", "components", "keda");
  assert.deepEqual([...scaled.keys()], [...STAGES]);
  for (const stage of STAGES) {
    const spec = scaled.get(stage)?.spec ?? assert.fail(stage);
    assert.equal(spec.scaleTargetRef.name, stage);
    const triggers = spec.triggers.map(({ name, metadata: { stream, consumer } }) => ({
      ...{ name, stream, consumer },
    }));
    assert.deepEqual(
      triggers,
      LANES.map((lane) => ({
        ...{ name: lane, stream: workStream(stage), consumer: workConsumer(stage, lane) },
      })),
    );
    const { formula, target, metricType } = spec.advanced.scalingModifiers;
    assert.equal(formula, LANES.join(" + "));
    assert.equal(metricType, "AverageValue");
    const { slots } = readSettings(WORKER_SETTINGS, environmentOf(stage));
    assert.equal(Number(target), slots);
  }
});

test("make-secrets prints every Secret that the manifests read, and the users of NATS", async () => {
  const hash = "a".repeat(64);
  const options = ["--operator-hash", hash, "--nats", "nats-0.nats:4222,nats-1.nats:4222"];
  const { stdout } = await run(manifestPath("make-secrets"), options);
  const objects = parseAllDocuments(stdout.replace(/^---\n/, "")).map((document) =>
    document.toJS(),
  ) as {
    kind: string;
    metadata: { name: string };
    stringData?: Record<string, string>;
    data?: Record<string, string>;
  }[];
  const secrets = new Map(objects.map((one) => [one.metadata.name, one.stringData ?? one.data]));
  for (const service of SERVICES) {
    for (const { valueFrom } of containerOf(service).env) {
      const { name = "", key = "" } = valueFrom?.secretKeyRef ?? {};
      if (name) assert.ok(secrets.get(name)?.[key], `${service}: ${name}/${key}`);
    }
  }
  const users = await readFile(packagePath("deploy", "nats-users.conf"), "utf8");
  assert.equal(secrets.get("depthmesh-nats-users")?.["nats-users.conf"], users);
  const passwords = secrets.get("depthmesh-nats-passwords") ?? {};
  for (const [, name = ""] of users.matchAll(/password: \$(\w+)/g)) {
    const user = (/^DEPTHMESH_NATS_(\w+)_PASSWORD$/.exec(name)?.[1] ?? "").toLowerCase();
    const password = passwords[name];
    assert.match(password ?? "", /^p[0-9a-f]{32}$/);
    const servers = ["nats-0.nats:4222", "nats-1.nats:4222"];
    const url = servers.map((server) => `nats://${user}:${password}@${server}`).join(",");
    assert.equal(secrets.get("depthmesh-nats")?.[user], url);
    readSettings({ natsUrl: COMMON_SETTINGS.natsUrl }, { DEPTHMESH_NATS_URL: url });
  }
  await assert.rejects(run(manifestPath("make-secrets"), []), /operator-hash/);
});
