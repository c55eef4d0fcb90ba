/** The command `depthmesh models`, with a local server as the model mirror. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { type ModelFolder, modelFolder } from "../testing/models/model-folder.js";

const run = promisify(execFile);
const SMALL = "depth-anything-v2-small";
const BYTES = Buffer.alloc(200_000, "a model's bytes ");

let folder: ModelFolder;
let server: Server;
let served: Buffer;
let emptyFolder: string;

before(async () => {
  server = createServer((_request, response) => void response.end(served));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  emptyFolder = await mkdtemp(join(tmpdir(), "depthmesh-models-"));
});
beforeEach(async () => {
  served = BYTES;
  folder = await modelFolder();
  const file = folder.install(SMALL, BYTES);
  await rm(file);
});
afterEach(() => folder.remove());
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(emptyFolder, { recursive: true });
});

function models(args: string, settings: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const env = childEnvironment({
    DEPTHMESH_MODELS: folder.path,
    DEPTHMESH_MODEL_MIRROR: `http://127.0.0.1:${port}/mirror`,
    ...settings,
  });
  return run(packagePath("bin", "depthmesh"), ["models", ...args.split(" ")], { env });
}

async function failure(args: string, settings?: Record<string, string>): Promise<string> {
  const error = await models(args, settings).then(
    () => assert.fail("it succeeded"),
    (thrown: { code: number; stderr: string }) => thrown,
  );
  assert.equal(error.code, 1);
  return error.stderr;
}

test("a model is pulled, listed, verified and removed", async () => {
  assert.match((await models("ls")).stdout, /depth-anything-v2-small .*depthmesh models pull/);
  const pulled = await models(`pull ${SMALL}`);
  assert.match(pulled.stdout, /installed\nlicence Apache-2\.0/);
  assert.match(pulled.stderr, /0\.2 of 0\.2 MiB/);
  assert.match((await models("ls")).stdout, /v2-small +installed +0\.2 MiB +Apache-2\.0 +auto/);
  assert.match((await models(`pull ${SMALL}`)).stdout, /already installed/);
  const { stdout: verified } = await models("verify");
  assert.match(verified, /^ok +depth-anything-v2-small model\.onnx$/m);
  assert.match(verified, /^ok +depthmesh-tiny /m);
  const file = join(folder.path, SMALL, "model.onnx");
  await writeFile(file, (await readFile(file)).fill(0, 10, 20));
  assert.match(await failure(`verify ${SMALL}`), /MODEL_CORRUPT: 1 file/);
  assert.match((await models(`rm ${SMALL}`)).stdout, /removed/);
  assert.deepEqual(await readdir(folder.path), ["manifest.json"]);
  assert.match((await models(`rm ${SMALL}`)).stdout, /was not installed/);
});

test("a failed pull tells the reason and leaves no file", async () => {
  served = Buffer.from(BYTES).fill(1, 5, 6);
  assert.match(await failure(`pull ${SMALL}`), /MODEL_CORRUPT: .*expected_sha256=/);
  assert.deepEqual(await readdir(folder.path), ["manifest.json"]);
  assert.match(await failure("pull depth-anything-v9"), /MODEL_UNKNOWN: .*known=auto /);
  assert.match(await failure("pull depthmesh-tiny"), /PARAMETER_CONFLICT: .*built in/);
  assert.match(await failure("rm depthmesh-tiny"), /PARAMETER_CONFLICT: .*built in/);
  assert.match(
    await failure("pull depth-anything-v3-small"),
    /MODEL_NOT_INSTALLED: .*size and hash/,
  );
  assert.match(await failure(`pull ${SMALL} --precision int8`), /PARAMETER_OUT_OF_RANGE: /);
  const mirror = { DEPTHMESH_MODEL_MIRROR: emptyFolder };
  assert.match(await failure(`pull ${SMALL}`, mirror), /MODEL_FILE_NOT_FOUND: /);
});

test("a model whose licence forbids commercial use needs the operator's permission", async () => {
  const large = "depth-anything-v2-large";
  await rm(folder.install(large, BYTES));
  assert.match(
    await failure(`pull ${large}`),
    /MODEL_LICENCE_FORBIDDEN: .*CC-BY-NC-4\.0.*DEPTHMESH_ALLOW_NONCOMMERCIAL=yes/,
  );
  assert.match((await models("ls")).stdout, /v2-large +not allowed/);
  await models(`pull ${large}`, { DEPTHMESH_ALLOW_NONCOMMERCIAL: "yes" });
  assert.deepEqual(await readdir(join(folder.path, large)), ["model.onnx"]);
});
