/** A connection to a mesh with the caller's credentials, and the four kinds of calls over it. */
import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  type CallOptions as GrpcCallOptions,
  type Metadata,
} from "@grpc/grpc-js";
import { DepthmeshError } from "../core/errors.js";
import { exposedIn, targetOf } from "../kit/rpc/addresses.js";
import {
  callClientStream,
  callUnary,
  MESH_CHANNEL_OPTIONS,
  outgoingMetadata,
  readStream,
} from "../kit/rpc/client.js";
import serviceConfig from "./service-config.json" with { type: "json" };

/** All in PEM. */
export interface TlsOptions {
  /** The authorities that may have signed the server's certificate; those of Node by default. */
  readonly rootCertificates?: Uint8Array | undefined;
  /** The caller's own certificate and its key, for a mesh that asks for one. */
  readonly certificate?: Uint8Array | undefined;
  readonly privateKey?: Uint8Array | undefined;
  /** The name in the server's certificate, if the address has another one. */
  readonly serverName?: string | undefined;
}

export interface ConnectOptions {
  /** An API key or a JSON Web Token. A function is asked before each call. */
  readonly key?: string | (() => string) | undefined;
  /** Without it, the connection is not encrypted. `{}` trusts the authorities that Node trusts. */
  readonly tls?: TlsOptions | undefined;
  /** Lets the key go to another host without TLS, inside a network that you trust. */
  readonly plaintextKey?: boolean | undefined;
  /**
   * Whether calls that change nothing are repeated as service-config.json says; true by default.
   */
  readonly retries?: boolean | undefined;
  /**
   * What the server may send before it is read, in bytes, which is kept in memory; 8 MiB by
   * default.
   */
  readonly windowBytes?: number | undefined;
}

export interface CallOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** The call's deadline, which the server and its workers keep too. */
  readonly timeoutMs?: number | undefined;
}

/** A method of a generated service, such as `JobServiceService.getJob`. */
export interface Method<Req, Res> {
  readonly path: string;
  readonly requestSerialize: (request: Req) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Res;
}

export class Channel {
  readonly #client: Client;
  readonly #key: ConnectOptions["key"];

  /**
   * `address` is host:port; of several gateways all, with commas between, or a name that has all
   * their addresses: the first that answers is used. It connects at the first call. Throws
   * PARAMETER_CONFLICT where the key would go to another host in plain text unasked.
   */
  constructor(address: string, connect: ConnectOptions = {}) {
    const { key, tls, retries = true, windowBytes, plaintextKey = false } = connect;
    const isExposed = key !== undefined && key !== "" && tls === undefined && !plaintextKey;
    const exposed = exposedIn(address);
    if (isExposed && exposed !== undefined) {
      throw new DepthmeshError(
        "PARAMETER_CONFLICT",
        `the key would go to ${exposed} in plain text; give \`tls\`, or \`plaintextKey: true\` inside a network that you trust`,
        { metadata: { field: "tls" } },
      );
    }
    this.#key = key;
    const options: ChannelOptions = {
      ...MESH_CHANNEL_OPTIONS,
      ...(windowBytes !== undefined && { "grpc-node.flow_control_window": windowBytes }),
      ...(tls?.serverName !== undefined && {
        "grpc.ssl_target_name_override": tls.serverName,
        "grpc.default_authority": tls.serverName,
      }),
      ...(retries && { "grpc.service_config": JSON.stringify(serviceConfig) }),
      // Names are not asked for a service config in DNS: the one above is the published one.
      "grpc.service_config_disable_resolution": 1,
    };
    this.#client = new Client(targetOf(address), channelCredentials(tls), options);
  }

  close(): void {
    this.#client.close();
  }

  unary<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Method<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): Promise<Res> {
    return callUnary<Res>(
      (metadata, done) =>
        this.#client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          this.#signed(metadata),
          deadlineOf(options),
          (error, response) => done(error, response as Res),
        ),
      options.signal,
    );
  }

  /** Sends `requests` as fast as the server takes them. */
  clientStream<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Method<Req, Res>,
    requests: Iterable<Req> | AsyncIterable<Req>,
    options: CallOptions = {},
  ): Promise<Res> {
    return callClientStream<Req, Res>(
      (metadata, done) =>
        this.#client.makeClientStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          this.#signed(metadata),
          deadlineOf(options),
          (error, response) => done(error, response as Res),
        ),
      requests,
      options.signal,
    );
  }

  /** Leaving the loop ends the call. */
  serverStream<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Method<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): AsyncGenerator<Res> {
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#signed(outgoingMetadata()),
      deadlineOf(options),
    );
    return readStream<Res>(call, options.signal);
  }

  /** The call itself: `sendRequests` and `readStream` of kit/rpc use it. */
  bidiStream<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Method<Req, Res>,
    options: CallOptions = {},
  ): ClientDuplexStream<Req, Res> {
    const metadata = this.#signed(outgoingMetadata());
    return this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      deadlineOf(options),
    );
  }

  #signed(metadata: Metadata): Metadata {
    const key = typeof this.#key === "function" ? this.#key() : this.#key;
    if (key !== undefined && key !== "") metadata.set("authorization", `Bearer ${key}`);
    return metadata;
  }
}

function channelCredentials(tls: TlsOptions | undefined) {
  if (!tls) return credentials.createInsecure();
  const { rootCertificates = null, privateKey = null, certificate = null } = tls;
  return credentials.createSsl(
    rootCertificates && Buffer.from(rootCertificates),
    privateKey && Buffer.from(privateKey),
    certificate && Buffer.from(certificate),
  );
}

function deadlineOf({ timeoutMs }: CallOptions): GrpcCallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}
