/** The messages and methods of the public API as their descriptors, which JSON is read by. */
import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { packagePath } from "../../../kit/process/package-path.js";

const PACKAGE = "depthmesh.v1";

const bytes = readFileSync(packagePath("proto/gen/descriptors.binpb"));

/** Every type of the protocol, with the comments of its source. */
export const REGISTRY = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));

/** The method `Service.Method` of the public API. Throws where there is none. */
export function methodOf(name: string): DescMethod {
  const [service = "", method = ""] = name.split(".");
  const found = REGISTRY.getService(`${PACKAGE}.${service}`)?.methods.find(
    (each) => each.name === method,
  );
  if (!found) throw new Error(`the protocol has no method ${name}`);
  return found;
}

/** The message of this name of the public API. Throws where there is none. */
export function messageOf(name: string): DescMessage {
  const found = REGISTRY.getMessage(`${PACKAGE}.${name}`);
  if (!found) throw new Error(`the protocol has no message ${name}`);
  return found;
}
