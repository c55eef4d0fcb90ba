/**
 * gRPC server reflection (v1 and v1alpha). It serves the compiler's own descriptor bytes, because
 * runtimes of other languages refuse descriptors that were decoded and encoded again.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { cutText } from "../../core/error-text.js";
import { packagePath } from "../process/package-path.js";

interface ReflectedFile {
  readonly descriptor: FileDescriptorProto;
  readonly bytes: Buffer;
}

interface ReflectionRequest {
  readonly listServices?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: { readonly containingType?: string };
  readonly allExtensionNumbersOfType?: string;
}

/** Reads field 1 of FileDescriptorSet; each file also keeps its bytes. */
export function readDescriptorSet(bytes: Uint8Array): ReflectedFile[] {
  const reader = new BinaryReader(bytes);
  const files: ReflectedFile[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== 1) {
      reader.skip(wireType);
      continue;
    }
    const file = reader.bytes();
    files.push({
      descriptor: fromBinary(FileDescriptorProtoSchema, file),
      bytes: Buffer.from(file),
    });
  }
  return files;
}

/** Finds files by their name and by the symbols that they declare. */
export class DescriptorIndex {
  readonly #byName = new Map<string, ReflectedFile>();
  readonly #bySymbol = new Map<string, ReflectedFile>();
  readonly #messages = new Set<string>();
  /** The service of each service and method name. */
  readonly #services = new Map<string, string>();

  constructor(files: readonly ReflectedFile[]) {
    for (const file of files) {
      this.#byName.set(file.descriptor.name, file);
      const scope = file.descriptor.package ? `${file.descriptor.package}.` : "";
      for (const { name, isMessage, service } of symbolsOf(file.descriptor, scope)) {
        this.#bySymbol.set(name, file);
        if (isMessage) this.#messages.add(name);
        if (service !== undefined) this.#services.set(name, service);
      }
    }
  }

  /** The file that declares a message, field, enum, value, service or method: its full name. */
  fileOfSymbol(symbol: string): ReflectedFile | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The service that this is the name of, or of a method of; undefined for other symbols. */
  serviceOf(symbol: string): string | undefined {
    return this.#services.get(symbol);
  }

  isMessage(name: string): boolean {
    return this.#messages.has(name);
  }

  fileOfName(name: string): ReflectedFile | undefined {
    return this.#byName.get(name);
  }

  /** A file and everything that it imports; an imported file comes after those that import it. */
  closure(file: ReflectedFile): Buffer[] {
    const seen = new Set<ReflectedFile>([file]);
    for (const member of seen) {
      for (const name of member.descriptor.dependency) {
        const imported = this.#byName.get(name);
        if (imported) seen.add(imported);
      }
    }
    return [...seen].map((member) => member.bytes);
  }
}

interface DeclaredSymbol {
  readonly name: string;
  readonly isMessage?: boolean;
  /** Of a service and its methods: the service's full name. */
  readonly service?: string;
}

/** Full names of everything that a file declares. */
function* symbolsOf(file: FileDescriptorProto, scope: string): Generator<DeclaredSymbol> {
  yield* messageSymbols(file.messageType, scope);
  yield* enumSymbols(file.enumType, scope);
  for (const { name, method } of file.service) {
    const service = scope + name;
    yield { name: service, service };
    for (const { name: methodName } of method) yield { name: `${service}.${methodName}`, service };
  }
}

function* messageSymbols(
  messages: readonly DescriptorProto[],
  scope: string,
): Generator<DeclaredSymbol> {
  for (const { name, field, oneofDecl, enumType, nestedType } of messages) {
    const inner = `${scope}${name}.`;
    yield { name: scope + name, isMessage: true };
    for (const member of [...field, ...oneofDecl]) yield { name: inner + member.name };
    yield* enumSymbols(enumType, inner);
    yield* messageSymbols(nestedType, inner);
  }
}

/** The values of an enum are in the scope around it, as in C++. */
function* enumSymbols(
  enums: readonly EnumDescriptorProto[],
  scope: string,
): Generator<DeclaredSymbol> {
  for (const { name, value } of enums) {
    for (const each of [name, ...value.map((member) => member.name)]) yield { name: scope + each };
  }
}

/** Of our protocol and of the standard services; the build makes them. */
export const DESCRIPTOR_FILES = ["descriptors.binpb", "health.binpb", "reflection.binpb"];
/** Of a name that is not known, in the answer. */
const MAX_QUOTED_BYTES = 256;
const VERSIONS = ["v1", "v1alpha"];
const serviceName = (version: string) => `grpc.reflection.${version}.ServerReflection`;
export const REFLECTION_SERVICES = VERSIONS.map(serviceName);

/**
 * Adds grpc.reflection.v1 and v1alpha for `services` (full names) to a server. Returns the methods
 * that it has added.
 */
export function addReflection(
  server: Server,
  services: readonly string[],
): { readonly path: string }[] {
  const methods: { readonly path: string }[] = [];
  // Decoding takes a while, and most processes are never asked.
  let index: DescriptorIndex | undefined;
  const files = DESCRIPTOR_FILES.map((name) => readFileSync(packagePath("proto", "gen", name)));
  const indexed = () => {
    index ??= new DescriptorIndex(files.flatMap(readDescriptorSet));
    return index;
  };
  const listed = [...services, ...REFLECTION_SERVICES];
  const reflectionPackage = createRequire(import.meta.url).resolve("@grpc/reflection/package.json");
  const protoFolder = join(dirname(reflectionPackage), "build", "proto");
  for (const version of VERSIONS) {
    const path = join(protoFolder, "grpc", "reflection", version, "reflection.proto");
    const definition = loadSync(path, { longs: Number, defaults: false, oneofs: true })[
      serviceName(version)
    ];
    // An entry for a service is a ServiceDefinition, which the type of loadSync does not express.
    const service = definition as Parameters<Server["addService"]>[0];
    methods.push(...Object.values(service));
    server.addService(service, {
      ServerReflectionInfo: (call: ServerDuplexStream<ReflectionRequest, object>) => {
        call.on("data", (request) => call.write(answer(request, indexed(), listed)));
        call.on("end", () => call.end());
      },
    });
  }
  return methods;
}

/** The protocols have no extensions: a message has none, and a file with one is not found. */
export function answer(
  request: ReflectionRequest,
  index: DescriptorIndex,
  services: readonly string[],
): object {
  const reply = { originalRequest: request };
  const failed = (errorCode: status, errorMessage: string) => ({
    ...reply,
    errorResponse: { errorCode, errorMessage },
  });
  const { fileByFilename, fileContainingSymbol, fileContainingExtension } = request;
  const ofType = request.allExtensionNumbersOfType;
  if (request.listServices !== undefined) {
    return { ...reply, listServicesResponse: { service: services.map((name) => ({ name })) } };
  }
  if (ofType !== undefined && index.isMessage(ofType)) {
    return { ...reply, allExtensionNumbersResponse: { baseTypeName: ofType } };
  }
  const service = index.serviceOf(fileContainingSymbol ?? "");
  // What another port of the process serves is unknown here.
  const isElsewhere = service !== undefined && !services.includes(service);
  const file =
    fileByFilename !== undefined
      ? index.fileOfName(fileByFilename)
      : fileContainingSymbol && !isElsewhere && index.fileOfSymbol(fileContainingSymbol);
  if (file) {
    return { ...reply, fileDescriptorResponse: { fileDescriptorProto: index.closure(file) } };
  }
  const name =
    fileByFilename ??
    fileContainingSymbol ??
    ofType ??
    (fileContainingExtension && `an extension of ${fileContainingExtension.containingType}`);
  return name === undefined
    ? failed(status.INVALID_ARGUMENT, "the request asks for nothing")
    : failed(status.NOT_FOUND, `not found: ${cutText(name, MAX_QUOTED_BYTES)}`);
}
