/** The published service config against the protocol. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { packagePath } from "../kit/process/package-path.js";
import serviceConfig from "./service-config.json" with { type: "json" };

interface Name {
  readonly service: string;
  readonly method?: string;
}

/** A second call of these could do something twice, or answer another thing than the first. */
const NEVER_REPEATED = [
  "JobService.CreateJob",
  "JobService.BatchCreateJobs",
  "JobService.DeleteJob",
  "JobService.RetryJob",
  "ConvertService.Convert",
  "UploadService.CreateUpload",
  "UploadService.WriteUpload",
  "UploadService.AbortUpload",
  "WebhookService.CreateWebhook",
  "WebhookService.DeleteWebhook",
  "WebhookService.RedeliverWebhook",
  "PreviewService.Interact",
  "AdminService.RedriveDeadLetter",
  "AdminService.DiscardDeadLetter",
  "AdminService.PurgeCache",
  "AdminService.DrainWorker",
  "AdminService.CreateApiKey",
  "AdminService.RevokeApiKey",
  "AdminService.SetTenantQuota",
];

test("each public method is repeated when the server is away, or is one that never may be", () => {
  const descriptors = readFileSync(packagePath("proto", "gen", "descriptors.binpb"));
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  const repeated: readonly Name[] = serviceConfig.methodConfig.flatMap(({ name }) => name);
  const isRepeated = (service: string, method: string) =>
    repeated.some(
      (name) => name.service === service && (name.method === undefined || name.method === method),
    );
  const never: string[] = [];
  const names = new Set<string>();
  for (const service of registry) {
    if (service.kind !== "service" || !service.typeName.startsWith("depthmesh.v1.")) continue;
    names.add(service.typeName);
    for (const { name } of service.methods) {
      names.add(`${service.typeName}/${name}`);
      if (!isRepeated(service.typeName, name)) never.push(`${service.name}.${name}`);
    }
  }
  assert.deepEqual(never.sort(), NEVER_REPEATED.toSorted());
  for (const { service, method } of repeated) {
    const name = method === undefined ? service : `${service}/${method}`;
    assert.ok(names.has(name), `${name} exists`);
  }
});
