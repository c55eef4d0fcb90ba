/** Refusals of JetStream that mean something to whoever asked, told by the codes of its API. */
import { NatsError } from "nats";

const NO_MESSAGE_FOUND = 10037;
const STREAM_NAME_IN_USE = 10058;
const WRONG_LAST_SEQUENCE = 10071;
const MAX_PER_SUBJECT_REACHED = 10077;
const NOT_FOUND = 404;
const NOTHING_THERE: readonly string[] = ["404", "408"];

/** The stream holds no such message. */
export function isNoMessage(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === NO_MESSAGE_FOUND;
}

/** There is no such message, stream or consumer. */
export function isNotFound(error: unknown): boolean {
  return isNoMessage(error) || apiErrorOf(error)?.code === NOT_FOUND;
}

/** Something else has been written since what the write was based on. */
export function isWrongLastSequence(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === WRONG_LAST_SEQUENCE;
}

/** The stream holds as many messages of the subject as it may. */
export function isSubjectFull(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === MAX_PER_SUBJECT_REACHED;
}

/** There is a stream of this name with another configuration. */
export function isStreamNameInUse(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === STREAM_NAME_IN_USE;
}

/** A pull that does not wait has found no message, or none beside those that other pulls wait for. */
export function isNothingThere(error: unknown): boolean {
  return error instanceof NatsError && NOTHING_THERE.includes(error.code);
}

function apiErrorOf(error: unknown) {
  return error instanceof NatsError ? error.api_error : undefined;
}
