/**
 * gRPC server reflection (v1 and v1alpha). It serves the compiler's own descriptor bytes, because
 * runtimes of other languages refuse descriptors that were decoded and encoded again.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { packagePath } from "../process/package-path.js";

interface ReflectedFile {
  readonly descriptor: FileDescriptorProto;
  readonly bytes: Buffer;
}

interface ReflectionRequest {
  readonly listServices?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
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

  constructor(files: readonly ReflectedFile[]) {
    for (const file of files) {
      this.#byName.set(file.descriptor.name, file);
      for (const symbol of symbolsOf(file.descriptor)) this.#bySymbol.set(symbol, file);
    }
  }

  /** The file that declares a message, enum, service, or a method of a service. */
  fileOfSymbol(symbol: string): ReflectedFile | undefined {
    return this.#bySymbol.get(symbol) ?? this.#bySymbol.get(symbol.replace(/\.[^.]*$/, ""));
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

function* symbolsOf(file: FileDescriptorProto): Generator<string> {
  const prefix = file.package ? `${file.package}.` : "";
  for (const { name } of [...file.messageType, ...file.enumType, ...file.service]) {
    yield prefix + name;
  }
}

/** Of our protocol and of the standard services; the build makes them. */
export const DESCRIPTOR_FILES = ["descriptors.binpb", "health.binpb", "reflection.binpb"];
const VERSIONS = ["v1", "v1alpha"];
const serviceName = (version: string) => `grpc.reflection.${version}.ServerReflection`;

/**
 * Adds grpc.reflection.v1 and v1alpha for `services` (full names) to a server. Returns the methods
 * that it has added.
 */
export function addReflection(
  server: Server,
  services: readonly string[],
): { readonly path: string }[] {
  const methods: { readonly path: string }[] = [];
  const files = DESCRIPTOR_FILES.map((name) => readFileSync(packagePath("proto", "gen", name)));
  const index = new DescriptorIndex(files.flatMap(readDescriptorSet));
  const listed = [...services, ...VERSIONS.map(serviceName)];
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
        call.on("data", (request) => call.write(answer(request, index, listed)));
        call.on("end", () => call.end());
      },
    });
  }
  return methods;
}

function answer(
  request: ReflectionRequest,
  index: DescriptorIndex,
  services: readonly string[],
): object {
  const reply = { originalRequest: request };
  if (request.listServices !== undefined) {
    return { ...reply, listServicesResponse: { service: services.map((name) => ({ name })) } };
  }
  const name = request.fileByFilename;
  const symbol = request.fileContainingSymbol;
  const file = name !== undefined ? index.fileOfName(name) : symbol && index.fileOfSymbol(symbol);
  if (file) {
    return { ...reply, fileDescriptorResponse: { fileDescriptorProto: index.closure(file) } };
  }
  const errorMessage = `not found: ${name ?? symbol ?? "this kind of request"}`;
  return { ...reply, errorResponse: { errorCode: status.NOT_FOUND, errorMessage } };
}
