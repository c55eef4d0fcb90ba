/**
 * Health, reflection and WorkerService of all services; a process that stops answering is replaced.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";
import { packagePath } from "../kit/process/package-path.js";
import { callUnary, meshClient } from "../kit/rpc/client.js";
import { addMeshToken } from "../kit/rpc/mesh-token.js";
import type { ServiceName } from "../launcher/child.js";
import {
  type WorkerDescription,
  WorkerServiceClient,
} from "../proto/gen/depthmesh/stage/v1/worker_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

/** The services of each port, besides health and reflection. */
const PORTS: readonly (readonly [ServiceName, "grpc" | "admin" | "internal", string[]])[] = [
  [
    "gateway",
    "grpc",
    [
      ...["CatalogService", "ConvertService", "JobService", "PreviewService", "ResultService"],
      ...["UploadService", "WebhookService"],
    ],
  ],
  ["gateway", "admin", ["AdminService"]],
  ["gateway", "internal", ["BlobService", "WorkerService"]],
  ["depth", "grpc", ["DepthService", "WorkerService"]],
  ["render", "grpc", ["RenderService", "WorkerService"]],
  ["encode", "grpc", ["EncodeService", "WorkerService"]],
];

function clientOf(path: string, packageName: string, service: string): ServiceClientConstructor {
  const options = { defaults: false, oneofs: true, keepCase: true };
  let node: unknown = loadPackageDefinition(loadSync(path, options));
  for (const part of [...packageName.split("."), service]) {
    node = (node as Record<string, unknown>)[part];
  }
  return node as ServiceClientConstructor;
}

const Health = clientOf(protoPath, "grpc.health.v1", "Health");

/** The health of one service of a server; of all together for an empty name. */
async function check(address: string, service: string): Promise<{ status: string }> {
  const client = new Health(address, credentials.createInsecure());
  try {
    const answer = await new Promise<{ status: string }>((resolve, reject) =>
      client.check?.({ service }, (error: Error | null, response: { status: string }) =>
        error ? reject(error) : resolve(response),
      ),
    );
    return { status: String(answer.status) };
  } finally {
    client.close();
  }
}

for (const [service, port, services] of PORTS) {
  const address = () => fixture.mesh.children(service)[0]?.addressOf(port) ?? "";
  const where = `${service} (${port})`;

  test(`${where} is SERVING, and says NOT_FOUND of a service that it lacks`, async () => {
    assert.equal((await check(address(), "")).status, "1");
    // The code that grpc.health.v1 demands.
    await assert.rejects(check(address(), "none.Such"), { code: status.NOT_FOUND });
  });

  test(`${where} describes itself where it has a WorkerService, and knows no such method elsewhere`, async () => {
    const { mesh: access } = fixture.mesh.access;
    const client = meshClient(WorkerServiceClient, address(), { access });
    const described = callUnary<WorkerDescription>((metadata, callback) =>
      client.describe({}, metadata, callback),
    ).finally(() => client.close());
    if (!services.includes("WorkerService")) {
      await assert.rejects(described, { reason: "METHOD_UNKNOWN" });
      return;
    }
    const description = await described;
    assert.equal(description.service, service);
    assert.equal(description.slots, service === "gateway" ? 0 : 1);
  });

  for (const version of ["v1", "v1alpha"]) {
    test(`${where} lists its own services only, and their files, by reflection ${version}`, async () => {
      const path = packagePath(
        "node_modules/@grpc/reflection/build/proto/grpc/reflection",
        version,
        "reflection.proto",
      );
      const Reflection = clientOf(path, `grpc.reflection.${version}`, "ServerReflection");
      const client = new Reflection(address(), credentials.createInsecure());
      const metadata = new Metadata();
      addMeshToken(metadata, fixture.mesh.access.token);
      const call = client.ServerReflectionInfo?.(metadata);
      const answers = call[Symbol.asyncIterator]();
      call.write({ list_services: "*" });
      const list = (await answers.next()).value.list_services_response.service as {
        name: string;
      }[];
      const names = list.map((entry) => entry.name);
      const own = names.filter((name) => name.startsWith("depthmesh.")).sort();
      assert.deepEqual(own.map((name) => name.split(".").at(-1)).sort(), services);
      assert.ok(names.includes("grpc.health.v1.Health"));
      for (const name of names) {
        assert.equal((await check(address(), name)).status, "1", name);
        call.write({ file_containing_symbol: name });
        const { file_descriptor_response: files } = (await answers.next()).value;
        assert.ok(files.file_descriptor_proto.length > 0, name);
      }
      // A service of another port is as unknown as none.
      for (const name of ["depthmesh.v1.AdminService", "depthmesh.stage.v1.BlobService.ReadBlob"]) {
        if (names.some((own) => name.startsWith(own))) continue;
        call.write({ file_containing_symbol: name });
        assert.ok((await answers.next()).value.error_response, name);
      }
      call.end();
      client.close();
    });
  }
}

test("a worker and a nats-server that hang are killed and replaced", async () => {
  const probed = await startFixture({ render: 0, encode: 0, probeEveryMs: 1_000 });
  const { mesh, client } = probed;
  const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });
  const submit = () => client.createJobFromFiles(spec, { photo: SAMPLE });
  try {
    // The first probes must have been answered: only a process that has answered before is
    // replaced.
    await untilEnded(client, (await submit()).name);
    const [depth] = mesh.children("depth");
    const pids = () => [depth?.pid, mesh.nats.pid];
    const stopped = pids();
    for (const pid of stopped) process.kill(pid ?? assert.fail("it does not run"), "SIGSTOP");
    const isReplaced = () => pids().every((pid, i) => pid !== undefined && pid !== stopped[i]);
    await eventually("other processes run", isReplaced);
    await Promise.all([depth?.untilServing(), mesh.nats.untilServing(stopped[1])]);
    const { name } = await eventually("a job is accepted", () => submit().catch(() => undefined));
    assert.equal((await untilEnded(client, name)).state, JobState.JOB_STATE_SUCCEEDED);
  } finally {
    await probed.close();
  }
});
