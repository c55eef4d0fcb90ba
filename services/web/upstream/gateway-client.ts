/**
 * The gateway as the web service calls it: over its public API, with the credentials of whoever
 * called the web service, and in the form of bytes, because JSON is made from descriptors.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { Client, credentials, type Metadata } from "@grpc/grpc-js";
import { callUnary, MESH_CHANNEL_OPTIONS } from "../../../kit/rpc/client.js";

/** Who called, and until when the answer is of use. */
export interface Caller {
  /** An API key or a JSON Web Token; undefined where the caller showed none. */
  readonly credential: string | undefined;
  readonly signal?: AbortSignal;
}

const ADMIN_SERVICE = "depthmesh.v1.AdminService";

export class GatewayClient {
  readonly #public: Client;
  readonly #admin: Client;

  constructor(address: string, adminAddress: string) {
    this.#public = new Client(address, credentials.createInsecure(), MESH_CHANNEL_OPTIONS);
    this.#admin = new Client(adminAddress, credentials.createInsecure(), MESH_CHANNEL_OPTIONS);
  }

  /** Throws the DepthmeshError that the gateway answers with. */
  unary(method: DescMethod, request: Uint8Array, caller: Caller): Promise<Uint8Array> {
    const client = this.clientOf(method);
    return callUnary<Uint8Array>(
      (metadata, done) =>
        client.makeUnaryRequest(
          pathOf(method),
          asBuffer,
          asBuffer,
          request,
          signed(metadata, caller),
          (error, response) => done(error, response as Uint8Array),
        ),
      caller.signal,
    );
  }

  /** The client of the port that serves the method. */
  clientOf(method: DescMethod): Client {
    return method.parent.typeName === ADMIN_SERVICE ? this.#admin : this.#public;
  }

  close(): void {
    this.#public.close();
    this.#admin.close();
  }
}

/** The path of a method's calls. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Adds the caller's credentials to the metadata of a call. */
export function signed(metadata: Metadata, { credential }: Caller): Metadata {
  if (credential !== undefined) metadata.set("authorization", `Bearer ${credential}`);
  return metadata;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
