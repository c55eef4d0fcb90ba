/**
 * Finds out who makes a call, and whether they may make it, before a handler runs and before any
 * message of the call is read.
 */
import type { PeerCertificate } from "node:tls";
import {
  ServerInterceptingCall as InterceptingCall,
  Metadata,
  type ServerInterceptor,
  ServerListenerBuilder,
} from "@grpc/grpc-js";
import { peerOf } from "./call.js";
import { type Identity, setIdentity } from "./identity.js";
import { toStatusObject } from "./status.js";

/** The other side of a call's connection. */
export interface Peer {
  /** Its address without the port; `loopback` for every address of this host itself. */
  readonly address: string;
  /** Its TLS certificate, if the authorities of this port have signed one. */
  readonly certificate: PeerCertificate | undefined;
}

export interface CallGuard {
  /**
   * Who makes the call with this metadata. Throws CREDENTIALS_MISSING, CREDENTIALS_INVALID or
   * CREDENTIALS_EXPIRED.
   */
  authenticate(metadata: Metadata, peer: Peer): Promise<Identity> | Identity;
  /**
   * Throws unless the caller may call this method, a path such as
   * `/depthmesh.v1.JobService/GetJob`. Not asked about the standard services of a server.
   */
  authorize(identity: Identity, path: string): Promise<void> | void;
  /** Metadata that the caller gets with the status of each call, whether it succeeds or fails. */
  trailers?(identity: Identity, path: string): Readonly<Record<string, string>>;
}

type SentStatus = Parameters<InterceptingCall["sendStatus"]>[0];

/** Supervisors, load balancers and containers ask whether a server serves; it tells no secret. */
const OPEN = "/grpc.health.v1.Health/";
/** Everybody who may call anything may learn what there is to call. */
const FOR_EVERY_CALLER = "/grpc.reflection.";

/** Metadata in which callers show who they are. */
const CREDENTIALS = ["authorization", "x-api-key"];

/** Place it after the interceptors that follow a call's status: its refusals pass them. */
export function guardCalls(guard: CallGuard): ServerInterceptor {
  return ({ path }, inner) => {
    if (path.startsWith(OPEN)) return new InterceptingCall(inner);
    let caller: Identity | undefined;
    const withTrailers = (status: SentStatus): SentStatus => {
      const trailers = (caller && guard.trailers?.(caller, path)) ?? {};
      const metadata = status.metadata ?? new Metadata();
      for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
      return { ...status, metadata };
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const peer = {
          address: peerOf(inner.getPeer()),
          certificate: inner.getAuthContext().sslPeerCertificate,
        };
        // grpc-js asks for the first message when it has the metadata.
        admit(metadata, peer).then(
          () => next(metadata),
          (error) => inner.sendStatus(withTrailers(toStatusObject(error))),
        );
      })
      .build();
    const admit = async (metadata: Metadata, peer: Peer) => {
      caller = await guard.authenticate(metadata, peer);
      setIdentity(metadata, caller);
      // No handler needs them, and what it does not have it cannot log.
      for (const name of CREDENTIALS) metadata.remove(name);
      if (!path.startsWith(FOR_EVERY_CALLER)) await guard.authorize(caller, path);
    };
    return new InterceptingCall(inner, {
      start: (next) => next(listener),
      sendStatus: (status, next) => next(withTrailers(status)),
    });
  };
}
