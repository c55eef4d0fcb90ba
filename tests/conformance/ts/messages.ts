/** Messages of the protocol as JSON, and the methods by their names. */
import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { Method } from "../../../client/channel.js";
import { packagePath } from "../../../kit/process/package-path.js";
import { AdminServiceService } from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { CatalogServiceService } from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { ConvertServiceService } from "../../../proto/gen/depthmesh/v1/convert_service.js";
import { JobServiceService } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { PreviewServiceService } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { ResultServiceService } from "../../../proto/gen/depthmesh/v1/result_service.js";
import { UploadServiceService } from "../../../proto/gen/depthmesh/v1/upload_service.js";
import { WebhookServiceService } from "../../../proto/gen/depthmesh/v1/webhook_service.js";

const registry = createFileRegistry(
  fromBinary(
    FileDescriptorSetSchema,
    readFileSync(packagePath("proto", "gen", "descriptors.binpb")),
  ),
);

type AnyMethod = Method<unknown, unknown> & {
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (response: unknown) => Buffer;
};

const SERVICES: Readonly<Record<string, unknown>> = {
  AdminService: AdminServiceService,
  CatalogService: CatalogServiceService,
  ConvertService: ConvertServiceService,
  JobService: JobServiceService,
  PreviewService: PreviewServiceService,
  ResultService: ResultServiceService,
  UploadService: UploadServiceService,
  WebhookService: WebhookServiceService,
};

/** A method with JSON on both sides. */
export interface JsonMethod {
  /** Such as `JobService.GetJob`. */
  readonly name: string;
  readonly method: AnyMethod;
  request(json: unknown): unknown;
  response(message: unknown): JsonValue;
}

/** `name` is `getJob`, or `JobService.GetJob`. */
function describedMethod(name: string) {
  for (const service of registry) {
    if (service.kind !== "service" || !service.typeName.startsWith("depthmesh.v1.")) continue;
    const found = service.methods.find(
      (each) => each.localName === name || `${service.name}.${each.name}` === name,
    );
    if (found) return found;
  }
  throw new Error(`there is no method ${name}`);
}

/** The names of all methods of the public services, such as `JobService.GetJob`. */
export function publicMethods(): string[] {
  return [...registry].flatMap((each) =>
    each.kind === "service" && each.typeName.startsWith("depthmesh.v1.")
      ? each.methods.map(({ name }) => `${each.name}.${name}`)
      : [],
  );
}

export function methodOf(name: string): JsonMethod {
  const { parent, localName, input, output, name: methodName } = describedMethod(name);
  const method = Reflect.get(SERVICES[parent.name] as object, localName) as AnyMethod;
  return {
    name: `${parent.name}.${methodName}`,
    method,
    request: (json) =>
      method.requestDeserialize(
        Buffer.from(toBinary(input, fromJson(input, json as JsonValue, { registry }))),
      ),
    response: (message) =>
      toJson(output, fromBinary(output, method.responseSerialize(message)), { registry }),
  };
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** A message of the protocol as JSON; `name` is that of its type, such as `Job`. */
export function jsonOf<T>(name: string, codec: Codec<T>, message: T): JsonValue {
  const type = typeOf(name);
  return toJson(type, fromBinary(type, codec.encode(message).finish()), { registry });
}

export function messageOf<T>(name: string, codec: Codec<T>, json: unknown): T {
  const type = typeOf(name);
  return codec.decode(toBinary(type, fromJson(type, (json ?? {}) as JsonValue, { registry })));
}

function typeOf(name: string) {
  const type = registry.getMessage(`depthmesh.v1.${name}`);
  if (!type) throw new Error(`there is no message ${name}`);
  return type;
}
