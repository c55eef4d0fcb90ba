/** The fields of every message of the protocol, read from the compiler's descriptors. */
import { readFileSync } from "node:fs";
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { packagePath } from "../process/package-path.js";
import { readDescriptorSet } from "./reflection.js";

export type WireKind = "varint" | "fixed64" | "fixed32" | "string" | "bytes" | "message";

export interface FieldShape {
  readonly name: string;
  /** `depthmesh.v1.JobSpec.outputs`. */
  readonly fullName: string;
  readonly kind: WireKind;
  /** Position among the repeated fields of its message; -1 if it is not repeated. */
  readonly repeatedIndex: number;
  /** Of a field that is a message. */
  message: MessageShape | undefined;
}

export interface MessageShape {
  readonly fields: ReadonlyMap<number, FieldShape>;
  readonly repeatedFields: number;
}

let known: ReadonlyMap<string, MessageShape> | undefined;

/** Full names begin with a dot, as in descriptors: `.depthmesh.v1.JobSpec`. */
function allShapes(): ReadonlyMap<string, MessageShape> {
  known ??= shapesOf(readFileSync(packagePath("proto", "gen", "descriptors.binpb")));
  return known;
}

/** The shape of the requests of a method, such as `/depthmesh.v1.JobService/GetJob`. */
export function requestShape(path: string): MessageShape {
  const shape = allShapes().get(path);
  if (!shape) throw new Error(`proto/gen has no method ${path}`);
  return shape;
}

/** Shapes by message, and by method for its requests. */
function shapesOf(descriptors: Uint8Array): ReadonlyMap<string, MessageShape> {
  const shapes = new Map<string, MessageShape>();
  const unresolved: [field: FieldShape, typeName: string][] = [];
  const addMessages = (
    prefix: string,
    messages: ReturnType<typeof readDescriptorSet>[number]["descriptor"]["messageType"],
  ) => {
    for (const { name, field, nestedType } of messages) {
      const fullName = `${prefix}.${name}`;
      const fields = new Map<number, FieldShape>();
      let repeatedFields = 0;
      for (const each of field) {
        const isRepeated = each.label === Label.REPEATED;
        const shape: FieldShape = {
          name: each.name,
          fullName: `${fullName.slice(1)}.${each.name}`,
          kind: kindOf(each),
          repeatedIndex: isRepeated ? repeatedFields++ : -1,
          message: undefined,
        };
        fields.set(each.number, shape);
        if (shape.kind === "message") unresolved.push([shape, each.typeName]);
      }
      shapes.set(fullName, { fields, repeatedFields });
      addMessages(fullName, nestedType);
    }
  };
  const files = readDescriptorSet(descriptors).map(({ descriptor }) => descriptor);
  for (const file of files) addMessages(file.package ? `.${file.package}` : "", file.messageType);
  for (const [field, typeName] of unresolved) field.message = shapes.get(typeName);
  for (const file of files) {
    for (const service of file.service) {
      for (const { name, inputType } of service.method) {
        const shape = shapes.get(inputType);
        if (shape) shapes.set(`/${file.package}.${service.name}/${name}`, shape);
      }
    }
  }
  return shapes;
}

function kindOf({ type }: FieldDescriptorProto): WireKind {
  switch (type) {
    case Type.DOUBLE:
    case Type.FIXED64:
    case Type.SFIXED64:
      return "fixed64";
    case Type.FLOAT:
    case Type.FIXED32:
    case Type.SFIXED32:
      return "fixed32";
    case Type.STRING:
      return "string";
    case Type.BYTES:
      return "bytes";
    case Type.MESSAGE:
    case Type.GROUP:
      return "message";
    default:
      return "varint";
  }
}
