/**
 * Failures of NATS as errors of this system: everything that the API of nats.js throws becomes
 * BUS_UNAVAILABLE, with the original as its cause. The predicates tell the refusals that callers
 * handle.
 */
import { ErrorCode, NatsError } from "nats";
import { DepthmeshError } from "../../core/errors.js";

/** Parts of the API that are objects with methods of their own. */
const PARTS: ReadonlySet<string | symbol> = new Set(["streams", "consumers", "direct", "views"]);

/**
 * The same API, with translated errors; also its parts, and the buckets that `views.kv` opens. A
 * proxy, because nats.js examines the errors of its own inner calls, which must stay as they are.
 */
export function translateErrors<T extends object>(api: T): T {
  return new Proxy(api, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (PARTS.has(key)) return translateErrors(value as object);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        try {
          const result: unknown = value.apply(target, parameters);
          if (!(result instanceof Promise)) return result;
          const open = (bucket: unknown) =>
            key === "kv" ? translateErrors(bucket as object) : bucket;
          return result.then(open, raise);
        } catch (error) {
          return raise(error);
        }
      };
    },
  });
}

function raise(cause: unknown): never {
  if (cause instanceof DepthmeshError) throw cause;
  throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause });
}

const NO_MESSAGE_FOUND = 10037;
const STREAM_NAME_IN_USE = 10058;
const WRONG_LAST_SEQUENCE = 10071;
/** Also that the stream has reached the limit of its bytes. */
const STREAM_STORE_FAILED = 10077;
const SEQUENCE_NOT_FOUND = 10043;
const MESSAGE_NOT_DELETED = 10057;
const NO_STORAGE = 10047;
const NO_RESOURCES = 10023;
const NOT_FOUND = 404;
const EMPTY_PULL: readonly string[] = ["404", "408"];

/** The stream holds no such message. */
export function isNoMessage(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === NO_MESSAGE_FOUND;
}

/** A message that was to be deleted is not there any more. */
export function isMessageGone(error: unknown): boolean {
  const code = apiErrorOf(error)?.err_code;
  return code === NO_MESSAGE_FOUND || code === SEQUENCE_NOT_FOUND || code === MESSAGE_NOT_DELETED;
}

/** The stream, or the server's disk or account, has no room for another message. */
export function isStreamFull(error: unknown): boolean {
  const code = apiErrorOf(error)?.err_code;
  return code === STREAM_STORE_FAILED || code === NO_STORAGE || code === NO_RESOURCES;
}

/** There is no such message, stream or consumer. */
export function isNotFound(error: unknown): boolean {
  return isNoMessage(error) || apiErrorOf(error)?.code === NOT_FOUND;
}

/** A compare-and-set failed: the subject or key has been written since. */
export function isWrongLastSequence(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === WRONG_LAST_SEQUENCE;
}

/**
 * The result of `write`; undefined if the key or the subject has another newest entry than the one
 * that the write expects. Throws everything else, such as BUS_UNAVAILABLE.
 */
export async function unlessChanged<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (isWrongLastSequence(error)) return undefined;
    throw error;
  }
}

/** The stream holds as many messages of the subject as its limit allows. */
export function isSubjectFull(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === STREAM_STORE_FAILED;
}

/** A stream of this name exists with another configuration. */
export function isStreamNameInUse(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === STREAM_NAME_IN_USE;
}

/** A pull that does not wait found no message, or none beyond those that other pulls wait for. */
export function isNothingThere(error: unknown): boolean {
  const code = natsErrorOf(error)?.code;
  return code !== undefined && EMPTY_PULL.includes(code);
}

/** "replicas > 1 not supported in non-clustered mode". */
const NO_CLUSTER = 10074;
/** "no suitable peers for placement", "insufficient resources". */
const TOO_FEW_SERVERS: readonly number[] = [10005, 10023];
const UNAVAILABLE = 503;

/** Why a cluster cannot make a stream now. */
export interface ClusterTrouble {
  readonly kind: "no-cluster" | "too-few-servers" | "no-leader";
  /** In the server's words. */
  readonly says: string;
}

/** Undefined for an error that has nothing to do with the state of a cluster. */
export function clusterTrouble(error: unknown): ClusterTrouble | undefined {
  const original = natsErrorOf(error);
  if (!original) return undefined;
  const { api_error: api, code, message } = original;
  // A stream without a leader does not answer, or has nobody who takes the request.
  if (!api) {
    const isSilent = code === ErrorCode.Timeout || code === ErrorCode.NoResponders;
    return isSilent ? { kind: "no-leader", says: message } : undefined;
  }
  const says = api.description;
  if (api.err_code === NO_CLUSTER) return { kind: "no-cluster", says };
  if (TOO_FEW_SERVERS.includes(api.err_code ?? 0)) return { kind: "too-few-servers", says };
  return api.code === UNAVAILABLE ? { kind: "no-leader", says } : undefined;
}

function apiErrorOf(error: unknown) {
  return natsErrorOf(error)?.api_error;
}

function natsErrorOf(error: unknown): NatsError | undefined {
  const original = error instanceof DepthmeshError ? error.cause : error;
  return original instanceof NatsError ? original : undefined;
}
