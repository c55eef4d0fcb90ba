/** Refusals of JetStream that mean something to whoever asked, told by the codes of its API. */
import { NatsError } from "nats";

const NO_MESSAGE_FOUND = 10037;
const WRONG_LAST_SEQUENCE = 10071;
const NOT_FOUND = 404;

/** The stream holds no such message. */
export function isNoMessage(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === NO_MESSAGE_FOUND;
}

/** The stream holds no such message, or there is no such stream. */
export function isNotFound(error: unknown): boolean {
  return isNoMessage(error) || apiErrorOf(error)?.code === NOT_FOUND;
}

/** Something else has been written since what the write was based on. */
export function isWrongLastSequence(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === WRONG_LAST_SEQUENCE;
}

function apiErrorOf(error: unknown) {
  return error instanceof NatsError ? error.api_error : undefined;
}
