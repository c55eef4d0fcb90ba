/**
 * Messages of all RPCs, built field by field from the protocol's descriptors and then damaged: the
 * checks of the frame around every method, and for a job's header those of its specification.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import { STATE_PARAMETERS } from "../../core/spec/parameters.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import { type FieldShape, type MessageShape, requestShape } from "../../kit/rpc/message-shape.js";
import { checked, passRefused } from "../../kit/rpc/requests.js";
import { BlobServiceService } from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { DepthServiceService } from "../../proto/gen/depthmesh/stage/v1/depth_service.js";
import { EncodeServiceService } from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { RenderServiceService } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { AdminServiceService } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { CatalogServiceService } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { ConvertServiceService } from "../../proto/gen/depthmesh/v1/convert_service.js";
import {
  type CreateJobRequest,
  JobServiceService,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceService } from "../../proto/gen/depthmesh/v1/result_service.js";
import { mutated } from "../../testing/mutations.js";
import { mainThreadCpuMs } from "../../testing/thread-cpu.js";
import { worstHeaders } from "../../testing/worst-messages.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import { fromWireSpec } from "../../wire/spec.js";
import type { FuzzTarget } from "./fuzz.js";

type Random = () => number;

const SERVICES = [
  ...[JobServiceService, ConvertServiceService, ResultServiceService, CatalogServiceService],
  ...[AdminServiceService, BlobServiceService, DepthServiceService, RenderServiceService],
  EncodeServiceService,
];
const METHODS = SERVICES.flatMap((service) => Object.values(passRefused(service, FIELD_LIMITS)));
const SPEC_LIMITS = { models: ["auto"], maxFrames: MAX_CLIP_FRAMES };
const HEADER_METHODS = /\/(CreateJob|Convert)$/;

const WORDS = [
  "",
  "auto",
  "circle",
  "a".repeat(300),
  "jobs/x",
  "ü😀\0",
  ...Object.keys(STATE_PARAMETERS),
];
const INTEGERS = [0, 1, 2, 3, 30, 120, 640, 4096, 2 ** 31 - 1, -1, -(2 ** 31)];
const NUMBERS = [0, 1, 0.5, -1, 3, 30, 1e300, -1e-300, Number.NaN, Number.POSITIVE_INFINITY];
/** How many entries a list gets; the long ones are to be refused before they are built. */
const LENGTHS = [0, 1, 1, 1, 2, 3, 17, 400, 5_000, 100_000];
const MAX_BYTES = 2 ** 20;

const oneOf = <T>(choices: readonly T[], random: Random): T =>
  choices[Math.floor(choices.length * random())] as T;

/** A message with some of its fields, mostly with values of their type. */
function madeMessage(shape: MessageShape, random: Random, depth = 0): Uint8Array {
  const writer = new BinaryWriter();
  const chance = random();
  for (const [number, field] of shape.fields) {
    if (random() > chance) continue;
    const length = field.repeatedIndex < 0 ? 1 : oneOf(LENGTHS, random);
    const one = fieldBytes(number, field, random, depth);
    const count = Math.min(length, Math.floor(MAX_BYTES / one.length));
    writer.raw(Buffer.alloc(count * one.length, Buffer.from(one)));
  }
  return writer.finish();
}

function fieldBytes(number: number, field: FieldShape, random: Random, depth: number): Uint8Array {
  const writer = new BinaryWriter();
  switch (field.kind) {
    case "varint":
      return writer.tag(number, 0).int32(oneOf(INTEGERS, random)).finish();
    case "fixed64":
      return writer.tag(number, 1).double(oneOf(NUMBERS, random)).finish();
    case "fixed32":
      return writer.tag(number, 5).float(oneOf(NUMBERS, random)).finish();
    case "string":
      return writer.tag(number, 2).string(oneOf(WORDS, random)).finish();
    case "bytes":
      return writer
        .tag(number, 2)
        .bytes(Buffer.alloc(Math.floor(400_000 * random())))
        .finish();
    case "message": {
      const { message } = field;
      const inner =
        message && depth < 6 ? madeMessage(message, random, depth + 1) : Buffer.alloc(0);
      return writer.tag(number, 2).bytes(inner).finish();
    }
  }
}

export function openMessages(): FuzzTarget {
  const headers = [...worstHeaders()];
  return {
    input(run, random) {
      const method = METHODS[run % METHODS.length];
      if (!method) throw new Error("there are no methods");
      const [what, header] = oneOf(headers, random);
      const isHeader = HEADER_METHODS.test(method.path) && random() < 0.2;
      const made = isHeader ? header : madeMessage(requestShape(method.path), random);
      const bytes = random() < 0.5 ? Buffer.from(made) : mutated(Buffer.from(made), random);
      return {
        name: isHeader ? `${method.path}, ${what}` : method.path,
        receive() {
          const request = checked(method.requestDeserialize(bytes));
          if (HEADER_METHODS.test(method.path)) receiveHeader(request as CreateJobRequest);
        },
      };
    },
    isRefusal: (reason) => /^(PARAMETER_|PRESET_UNKNOWN$|MODEL_UNKNOWN$)/.test(reason),
    limitMs: 50,
    nowMs: mainThreadCpuMs,
    close() {},
  };
}

/** As the gateway receives the header of a job. */
function receiveHeader({ kind }: CreateJobRequest): void {
  if (kind?.$case === "header" && kind.value.spec) {
    resolveSpec(fromWireSpec(kind.value.spec), SPEC_LIMITS);
  }
}
