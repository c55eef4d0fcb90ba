/**
 * The compose files of deploy/ set what their services read, to values that these take: compose
 * itself passes on a misspelt name without a word.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { readSettings, type Setting, type Settings } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { TELEMETRY_SETTINGS } from "../kit/telemetry/settings.js";
import { NATS_USERS } from "../launcher/nats-server.js";
import { DEPTH_SETTINGS } from "../services/depth/config.js";
import { ENCODE_SETTINGS } from "../services/encode/config.js";
import { GATEWAY_SETTINGS } from "../services/gateway/config.js";
import { RENDER_SETTINGS } from "../services/render/config.js";
import { WEB_SETTINGS } from "../services/web/config.js";

const TABLES: Readonly<Record<string, Settings<unknown>>> = {
  gateway: { ...TELEMETRY_SETTINGS, ...GATEWAY_SETTINGS },
  depth: { ...TELEMETRY_SETTINGS, ...DEPTH_SETTINGS },
  render: { ...TELEMETRY_SETTINGS, ...RENDER_SETTINGS },
  encode: { ...TELEMETRY_SETTINGS, ...ENCODE_SETTINGS },
  web: { ...TELEMETRY_SETTINGS, ...WEB_SETTINGS },
};

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** With `${NAME:-default}` as the default, and other variables as a word. */
function readCompose(...path: string[]): Compose {
  const text = readFileSync(packagePath("deploy", ...path), "utf8");
  const filled = text
    .replace(/\$\{\w+:-([^}]*)\}/g, "$1")
    .replace(/\$\{\w+(:\?[^}]*)?\}/g, "a-word-of-thirty-two-characters-0");
  return parse(filled, { merge: true }) as Compose;
}

const BASE = readCompose("compose.yaml");
const CLUSTER = readCompose("cluster", "compose.yaml");
const FILES = { "compose.yaml": BASE, "cluster/compose.yaml": CLUSTER };
const servers = ({ services }: Compose) =>
  Object.entries(services).filter(([name]) => /^nats(-\d)?$/.test(name));

for (const [file, { services }] of Object.entries(FILES)) {
  test(`${file}: services read what they are given`, () => {
    for (const [name, table] of Object.entries(TABLES)) {
      const given = services[name]?.environment ?? {};
      const known = Object.values<Setting<unknown>>(table).map(({ variable }) => variable);
      const unknown = Object.keys(given).filter((variable) => !known.includes(variable));
      assert.deepEqual(unknown, [], name);
      const texts = Object.entries(given).map(([variable, value]) => [variable, String(value)]);
      readSettings(table, Object.fromEntries(texts));
    }
  });

  test(`${file}: nats-server gets the password of each user`, () => {
    const passwords = NATS_USERS.map((user) => `DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`);
    const others = ["NATS_NAME", "NATS_ADVERTISE"];
    assert.notEqual(servers({ services, volumes: {} }).length, 0);
    for (const [name, { environment = {} }] of servers({ services, volumes: {} })) {
      const given = Object.keys(environment).filter((variable) => !others.includes(variable));
      assert.deepEqual(given.sort(), passwords.sort(), name);
    }
  });

  test(`${file}: what is mounted is there`, () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    // deploy/cluster/certs is made by `depthmesh certs`; names without a dot are volumes.
    const files = mounts
      .map((mount) => mount.split(":")[0] ?? "")
      .filter((path) => /^\./.test(path));
    for (const path of files.filter((each) => !each.startsWith("./cluster/certs/"))) {
      assert.ok(existsSync(packagePath("deploy", path)), path);
    }
  });
}

test("cluster/compose.yaml changes services of compose.yaml, and names its own three servers", () => {
  const added = Object.keys(CLUSTER.services).filter((name) => !(name in BASE.services));
  assert.deepEqual(added, ["nats-2", "nats-3"]);
  const conf = readFileSync(packagePath("deploy", "cluster", "nats.conf"), "utf8");
  const names = servers(CLUSTER).map(([, { environment = {} }]) => environment.NATS_NAME ?? "");
  assert.deepEqual(names, ["nats-1", "nats-2", "nats-3"]);
  const routes = [...conf.matchAll(/nats-route:\/\/([\w-]+):6222/g)].map(([, host]) => host);
  assert.deepEqual(routes, names);
  assert.deepEqual(CLUSTER.services.nats?.networks?.default.aliases, ["nats-1"]);
  for (const service of Object.keys(TABLES).filter((name) => name !== "web")) {
    const url = CLUSTER.services[service]?.environment?.DEPTHMESH_NATS_URL ?? "none";
    assert.match(url, new RegExp(`^tls://${service}:[^@]+@`), service);
    const hosts = url.slice(url.indexOf("@") + 1);
    assert.equal(hosts, names.map((host) => `${host}:4222`).join(), service);
  }
});
