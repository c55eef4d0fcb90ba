/**
 * A mesh that asks its callers who they are: keys, tokens, roles, and what its log tells of them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { AdminClient } from "../client/admin-client.js";
import { DepthmeshClient } from "../client/client.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { type NewApiKey, newApiKey } from "../kit/rpc/api-key.js";
import { askHealth } from "../kit/rpc/health.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, startFixture, upload } from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";

const run = promisify(execFile);
const ISSUER = "https://login.example";
const AUDIENCE = "depthmesh";

const operator: NewApiKey = newApiKey();
/** Whatever may be in no log. */
const secrets: string[] = [operator.key.slice(-43), operator.hash];
let folder: string;
let fixture: Fixture;
let sign: (claims: Record<string, unknown>) => Promise<string>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-identity-"));
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }];
  await writeFile(join(folder, "jwks.json"), JSON.stringify({ keys }));
  sign = (claims) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "ada", tenant: "acme", ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .sign(privateKey);
  fixture = await startFixture({
    ...{ depth: 0, render: 0, encode: 0 },
    environment: {
      DEPTHMESH_IDENTITY: "on",
      DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash,
      DEPTHMESH_JWT_JWKS: join(folder, "jwks.json"),
      DEPTHMESH_JWT_ISSUER: ISSUER,
      DEPTHMESH_JWT_AUDIENCE: AUDIENCE,
      DEPTHMESH_LOG: "trace",
    },
  });
});
after(async () => {
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Calls the public port with a key or a token. */
async function publicly<T>(key: string, call: (client: DepthmeshClient) => Promise<T>): Promise<T> {
  const client = new DepthmeshClient(fixture.mesh.address, { key });
  return call(client).finally(() => client.close());
}

async function asAdmin<T>(key: string, call: (admin: AdminClient) => Promise<T>): Promise<T> {
  const admin = new AdminClient(fixture.mesh.adminAddress, { key });
  return call(admin).finally(() => admin.close());
}

const listPresets = (key: string) => publicly(key, (client) => client.listPresets());
const reasonOf = async (call: Promise<unknown>) => (await refusal(call)).reason;

/** A key of the tenant `acme`, made by `depthmesh keys create` with the operator's key. */
async function userKey(): Promise<{ readonly name: string; readonly key: string }> {
  const made = JSON.parse(await command(["create", "--tenant", "acme", "--note", "t", "--json"]));
  secrets.push(made.key.slice(-43));
  return made;
}

async function command(args: readonly string[], key = operator.key): Promise<string> {
  const address = ["--admin-address", fixture.mesh.adminAddress];
  const { stdout } = await run(
    process.execPath,
    [packagePath("bin", "depthmesh"), "keys", ...args, ...address],
    { env: childEnvironment({ DEPTHMESH_KEY: key }) },
  );
  return stdout;
}

test("without credentials nothing but the health can be asked", async () => {
  assert.equal(await reasonOf(listPresets("")), "CREDENTIALS_MISSING");
  assert.equal(
    await reasonOf(asAdmin("", (admin) => admin.getMeshStatus())),
    "CREDENTIALS_MISSING",
  );
  assert.equal(await askHealth(fixture.mesh.address, 5_000), "SERVING");
  assert.equal(await reasonOf(listPresets(newApiKey().key)), "CREDENTIALS_INVALID");
});

test("a key that the command has made works until it is revoked, and is listed with its use", async () => {
  const { name, key } = await userKey();
  assert.ok((await listPresets(key)).presets.length > 0);
  const id = name.slice("apiKeys/".length);
  assert.match(await command(["ls"]), new RegExp(`^${id} +acme +user +valid`, "m"));
  assert.match(await command(["revoke", id]), /revoked/);
  assert.equal(await reasonOf(listPresets(key)), "CREDENTIALS_INVALID");
  assert.match(await command(["ls", "--tenant", "acme"]), new RegExp(`^${id} .*revoked`, "m"));
  const expiring = await asAdmin(operator.key, (admin) =>
    admin.createApiKey({
      ...{ tenant: "acme", roles: [Role.ROLE_USER], note: "" },
      expireTime: new Date(Date.now() + 1_500),
    }),
  );
  secrets.push(expiring.key.slice(-43));
  await listPresets(expiring.key);
  await eventually("it expires", async () => {
    const refused = await listPresets(expiring.key).then(
      () => undefined,
      (error) => error,
    );
    return refused?.reason === "CREDENTIALS_EXPIRED";
  });
});

test("a user may not do what operators do", async () => {
  const { key } = await userKey();
  const error = await refusal(asAdmin(key, (admin) => admin.getMeshStatus()));
  assert.deepEqual([error.reason, error.metadata.role], ["ROLE_REQUIRED", "operator"]);
  const request = { tenant: "acme", roles: [Role.ROLE_OPERATOR], note: "", expireTime: undefined };
  assert.equal(
    await reasonOf(asAdmin(key, (admin) => admin.createApiKey(request))),
    "ROLE_REQUIRED",
  );
  await asAdmin(operator.key, (admin) => admin.getMeshStatus());
});

test("a token works with the roles that it names, until it expires", async () => {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const user = await sign({ exp, roles: ["user"] });
  const nobody = await sign({ exp, roles: [] });
  const late = await sign({ exp: exp - 3600, roles: ["user"] });
  secrets.push(...[user, nobody, late].map((token) => token.split(".")[2] ?? ""));
  await listPresets(user);
  assert.equal(await reasonOf(listPresets(nobody)), "ROLE_REQUIRED");
  assert.equal(await reasonOf(listPresets(late)), "CREDENTIALS_EXPIRED");
  assert.equal(await reasonOf(asAdmin(user, (admin) => admin.getMeshStatus())), "ROLE_REQUIRED");
});

test("reflection tells what there is to whoever may call something", async () => {
  const { key } = await userKey();
  assert.equal(await statusOfReflection({}), 16);
  assert.equal(await statusOfReflection({ authorization: `Bearer ${newApiKey().key}` }), 16);
  assert.equal(await statusOfReflection({ authorization: `Bearer ${key}` }), 0);
});

/** The gRPC status of a reflection call with these headers. */
async function statusOfReflection(headers: Record<string, string>): Promise<number> {
  const session = connect(`http://${fixture.mesh.address}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let status: unknown;
  stream.on("response", (received) => {
    status ??= received["grpc-status"];
  });
  stream.on("trailers", (received) => {
    status ??= received["grpc-status"];
  });
  stream.end().resume();
  await once(stream, "close");
  session.destroy();
  return Number(status);
}

test("callers write no lines into the log, and nobody's secrets are in it", async () => {
  const { key } = await userKey();
  const evil = 'x","level":60,"msg":"forged';
  const strings = [`${evil}`, "\u001b[2Jx", "a\r\nlevel=fatal forged", "\u2028forged", "%0aforged"];
  for (const text of strings) {
    const labels = { key: text };
    const files = { photo: upload(Buffer.from(text)) };
    await refusal(publicly(key, (client) => client.getJob(`jobs/${text}`)));
    await refusal(publicly(key, (client) => client.cancelJob(text)));
    await refusal(
      publicly(key, (client) => client.createJob(JobSpec.fromPartial({}), files, text, { labels })),
    );
    await refusal(asAdmin(operator.key, (admin) => admin.revokeApiKey(`apiKeys/${text}`)));
    await refusal(asAdmin(operator.key, (admin) => admin.getDeadLetter(text)));
  }
  const headers = [evil, "Bearer dm_forged", `Bearer ${evil}`, "Bearer \tforged", "Basic forged"];
  for (const authorization of headers) await statusOfReflection({ authorization });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const token = await sign({ exp, roles: ["operator"], sub: `${evil}\n\u001b[2J` });
  secrets.push(token.split(".")[2] ?? "");
  const request = { tenant: "acme", roles: [Role.ROLE_USER], note: evil, expireTime: undefined };
  const made = await asAdmin(token, (admin) => admin.createApiKey(request));
  secrets.push(made.key.slice(-43));
  const log = await readFile(join(fixture.folder, "data", "mesh.log"), "utf8");
  const lines = log.split("\n").filter((line) => line.includes('"service":"gateway"'));
  assert.ok(lines.some((line) => line.includes("API key made")));
  for (const line of log.split("\n")) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line), line);
    if (!line.startsWith("{")) assert.ok(!line.includes("forged"), line);
    else assert.notEqual((JSON.parse(line) as { level: number }).level, 60, line);
    for (const secret of secrets) assert.ok(!line.includes(secret), "a secret is in the log");
  }
});
