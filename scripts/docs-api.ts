/** docs/api.md: every public method with its messages, as the comments of proto/ describe them. */
import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { packagePath } from "../kit/process/package-path.js";
import { commentsOf } from "../services/web/json/comments.js";
import { grpcurlCall } from "./docs-api-calls.js";
import { NOTICE, table } from "./docs-table.js";

const PUBLIC = "depthmesh.v1";

const descriptors = readFileSync(packagePath("proto", "gen", "descriptors.binpb"));
export const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));

function publicFiles(): DescFile[] {
  return [...registry.files].filter(({ proto }) => proto.package === PUBLIC);
}

/** In the order in which a newcomer needs them, then those that this order does not know. */
const ORDER = ["Job", "Convert", "Result", "Upload", "Preview", "Catalog", "Webhook", "Admin"];

export function publicServices(): DescService[] {
  const rank = ({ name }: DescService) => {
    const index = ORDER.indexOf(name.replace(/Service$/, ""));
    return index < 0 ? ORDER.length : index;
  };
  return publicFiles()
    .flatMap((file) => file.services)
    .sort((a, b) => rank(a) - rank(b));
}

const anchor = (name: string) => name.toLowerCase().replaceAll(" ", "-");

/** A type of this page as a link, another one as its full name. */
function typeLink(desc: DescMessage | DescEnum): string {
  if (desc.file.proto.package !== PUBLIC) return `\`${desc.typeName}\``;
  return desc.name === "ErrorReason" || desc.name === "NoteCode"
    ? `[${desc.name}](errors.md)`
    : `[${desc.name}](#${anchor(desc.name)})`;
}

function elementType(field: DescField): string {
  switch (field.fieldKind) {
    case "message":
      return typeLink(field.message);
    case "enum":
      return typeLink(field.enum);
    case "list":
      return field.listKind === "scalar"
        ? scalarName(field)
        : typeLink(field.listKind === "message" ? field.message : field.enum);
    case "map":
      return `map of ${scalarName(field)}`;
    default:
      return scalarName(field);
  }
}

function scalarName({ scalar }: DescField): string {
  return scalar === undefined ? "" : (ScalarType[scalar] ?? "").toLowerCase();
}

function fieldType(field: DescField): string {
  const type = elementType(field);
  if (field.fieldKind === "list") return `list of ${type}`;
  return field.proto.proto3Optional ? `${type}, optional` : type;
}

function messageSection(desc: DescMessage, comments: ReadonlyMap<string, string>): string[] {
  const rows = desc.fields.map((field) => [
    `\`${field.name}\``,
    field.oneof ? `${fieldType(field)}, one of \`${field.oneof.name}\`` : fieldType(field),
    comments.get(`${desc.typeName}.${field.name}`) ?? "",
  ]);
  return [
    `### ${desc.name}`,
    comments.get(desc.typeName) ?? "",
    ...(rows.length > 0 ? [table(["field", "type", "meaning"], rows)] : []),
  ];
}

function enumSection(desc: DescEnum, comments: ReadonlyMap<string, string>): string[] {
  const rows = desc.values.map((value) => [
    `\`${value.name}\``,
    String(value.number),
    comments.get(`${desc.typeName}.${value.name}`) ?? "",
  ]);
  return [
    `### ${desc.name}`,
    comments.get(desc.typeName) ?? "",
    table(["value", "number", "meaning"], rows),
  ];
}

function methodSection(method: DescMethod, comments: ReadonlyMap<string, string>): string[] {
  const { input, output, methodKind } = method;
  const stream = (isStream: boolean, desc: DescMessage) =>
    isStream ? `stream of ${typeLink(desc)}` : typeLink(desc);
  const sends = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  const answers = methodKind === "server_streaming" || methodKind === "bidi_streaming";
  return [
    `### ${method.parent.name}.${method.name}`,
    `${stream(sends, input)} → ${stream(answers, output)}`,
    comments.get(`${method.parent.typeName}.${method.name}`) ?? "",
    ["```sh", grpcurlCall(method), "```"].join("\n"),
  ];
}

/** Which port serves which service; docs/operate.md has the settings. */
const PORTS_TEXT =
  "A mesh that was started without options serves these services on port 7410, and AdminService on port 7411. With TLS," +
  " leave `-plaintext` out and name the authority by `-cacert ca.pem`; with identity, add" +
  ' `-H "authorization: Bearer $DEPTHMESH_KEY"`. Capital letters in the calls stand for ids.';

export function apiPage(): string {
  const comments = commentsOf(registry);
  const byName = <T extends { readonly name: string }>(items: readonly T[]) =>
    [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = publicFiles();
  const enums = files.flatMap((file) => file.enums);
  const tabled = new Set(["ErrorReason", "NoteCode"]);
  return [
    "# API",
    NOTICE,
    "Every public method and message, from the comments of [proto/depthmesh/v1](../proto/depthmesh/v1)." +
      " [clients.md](clients.md) says how clients are made and what a good one does," +
      " [errors.md](errors.md) lists the reasons of errors.",
    PORTS_TEXT,
    ...publicServices().flatMap((service) => [
      `## ${service.name}`,
      comments.get(service.typeName) ?? "",
      ...service.methods.flatMap((method) => methodSection(method, comments)),
    ]),
    "## Messages",
    ...byName(files.flatMap((file) => file.messages)).flatMap((desc) =>
      messageSection(desc, comments),
    ),
    "## Enumerations",
    ...byName(enums.filter(({ name }) => !tabled.has(name))).flatMap((desc) =>
      enumSection(desc, comments),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
