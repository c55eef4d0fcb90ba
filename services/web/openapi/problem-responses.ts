/** How the document describes the answers of failed calls. */
import { REASONS, type Reason } from "../../../core/error-reasons.js";
import { PROBLEM_TYPE } from "../problem.js";
import { type Failures, failuresOfEveryCall } from "./failures.js";
import { type JsonSchema, type Response, refTo } from "./schema.js";

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "The request is wrong.",
  401: "The credentials are missing or not accepted.",
  403: "The caller's roles do not allow it, or the page that calls is of another site.",
  404: "What the request names does not exist.",
  408: "The request did not arrive in time.",
  409: "It conflicts with another request, or what it names is not in a state for it.",
  413: "What was sent is too large.",
  415: "What was sent is of a kind that is not taken.",
  421: "The server is not known by this host name.",
  422: "The request is understood, and cannot be carried out.",
  429: "Too much at once: try again later.",
  499: "It was cancelled.",
  500: "A defect of the server, or damaged data.",
  501: "This mesh does not have it.",
  503: "A part of the mesh cannot be reached: try again later.",
  504: "It took too long.",
  507: "A disk of the mesh is full: try again later.",
};

const COMMON = failuresOfEveryCall();

/**
 * The answers of failed calls, by status. Each says which reasons it can have; those that every
 * call can have alike are one component.
 */
export function problemResponses(failures: Failures): Readonly<Record<string, Response>> {
  return Object.fromEntries(
    [...failures].map(([status, reasons]) => [
      String(status),
      String([...reasons]) === String([...(COMMON.get(status) ?? [])])
        ? { $ref: `#/components/responses/Problem${status}` }
        : problemResponse(status, [...reasons]),
    ]),
  );
}

/** The answers that operations refer to. */
export function commonResponses(): Readonly<Record<string, Response>> {
  return Object.fromEntries(
    [...COMMON].map(([status, reasons]) => [
      `Problem${status}`,
      problemResponse(status, [...reasons]),
    ]),
  );
}

function problemResponse(status: number, reasons: readonly Reason[]): Response {
  return {
    description: `${STATUS_WORDS[status] ?? ""} Reasons: ${reasons.join(", ")}.`.trim(),
    content: {
      [PROBLEM_TYPE]: {
        schema: { allOf: [refTo("Problem"), { properties: { reason: { enum: reasons } } }] },
      },
    },
  };
}

/** The schemas that problems are made of. */
export const PROBLEM_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: "object",
    description: "Why a call failed, as RFC 9457 has it, with the same reason as over gRPC.",
    properties: {
      type: { type: "string", description: "`urn:depthmesh:reason:` and the reason." },
      title: { type: "string", description: "What the reason means." },
      status: { type: "integer", description: "The HTTP status of the answer." },
      detail: {
        type: "string",
        description: "What is wrong, the limit, the actual value, and what to do.",
      },
      reason: refTo("ErrorReason"),
      metadata: {
        type: "object",
        description: "Limits and actual values; the keys name the units.",
        additionalProperties: { type: "string" },
      },
      violations: {
        type: "array",
        description: "Every field that is wrong, at most 32, where the error is about fields.",
        items: {
          type: "object",
          properties: { field: { type: "string" }, description: { type: "string" } },
          required: ["field", "description"],
        },
      },
    },
    required: ["type", "title", "status", "detail", "reason", "metadata", "violations"],
  },
  ErrorReason: {
    type: "string",
    description: Object.entries(REASONS)
      .map(([reason, { meaning }]) => `- \`${reason}\`: ${meaning}`)
      .join("\n"),
    enum: Object.keys(REASONS),
  },
};
