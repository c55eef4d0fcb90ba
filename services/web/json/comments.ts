/** The comments of the protocol's sources, which its descriptors carry. */
import type { DescEnum, DescFile, DescMessage, FileRegistry } from "@bufbuild/protobuf";

/** Paths in a file's source information: the numbers of fields of google.protobuf.*Descriptor. */
const [MESSAGES, ENUMS, SERVICES, FIELDS, NESTED, METHODS, VALUES] = [4, 5, 6, 2, 3, 2, 2];

/**
 * All comments, each as one line, by the full name of what they describe: of a field or a value it
 * is the name of its type, a dot and its own name. What has no comment has an empty one.
 */
export function commentsOf(registry: FileRegistry): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of registry.files) {
    const comments = commentsByPath(file);
    const put = (name: string, ...path: readonly number[]) => {
      found.set(name, comments.get(path.join(".")) ?? "");
    };
    const ofEnum = (desc: DescEnum, path: readonly number[]) => {
      put(desc.typeName, ...path);
      for (const [index, value] of desc.values.entries()) {
        put(`${desc.typeName}.${value.name}`, ...path, VALUES, index);
      }
    };
    const ofMessage = (desc: DescMessage, path: readonly number[]) => {
      put(desc.typeName, ...path);
      for (const field of desc.fields) {
        const index = desc.proto.field.findIndex(({ number }) => number === field.number);
        put(`${desc.typeName}.${field.name}`, ...path, FIELDS, index);
      }
      for (const [index, nested] of desc.nestedMessages.entries()) {
        ofMessage(nested, [...path, NESTED, index]);
      }
    };
    for (const [index, desc] of file.enums.entries()) ofEnum(desc, [ENUMS, index]);
    for (const [index, desc] of file.messages.entries()) ofMessage(desc, [MESSAGES, index]);
    for (const [index, desc] of file.services.entries()) {
      put(desc.typeName, SERVICES, index);
      for (const [place, method] of desc.methods.entries()) {
        put(`${desc.typeName}.${method.name}`, SERVICES, index, METHODS, place);
      }
    }
  }
  return found;
}

/** The comments of a file by the path of what they describe. */
function commentsByPath(file: DescFile): ReadonlyMap<string, string> {
  const locations = file.proto.sourceCodeInfo?.location ?? [];
  return new Map(
    locations.map(({ path, leadingComments }) => [
      path.join("."),
      leadingComments.trim().replace(/\s+/g, " "),
    ]),
  );
}
