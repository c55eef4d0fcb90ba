/**
 * JSON that strangers sent: how deep it may nest, and that no object names a member twice, of which
 * `JSON.parse` would keep the last in silence.
 */
import { DepthmeshError, rangeError } from "../../../core/errors.js";

/** A job's spec needs eight. */
export const MAX_JSON_DEPTH = 32;

/**
 * Throws PARAMETER_UNKNOWN for what is no JSON, and PARAMETER_OUT_OF_RANGE for what is too deep.
 */
export function readJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DepthmeshError("PARAMETER_UNKNOWN", `the body is no JSON: ${why}`, { cause: error });
  }
  checkMembers(text);
  return value;
}

/** `text` is JSON, as JSON.parse has found. */
function checkMembers(text: string): void {
  /** The names of each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : null);
      if (open.length > MAX_JSON_DEPTH) {
        throw rangeError("body", "deeper", { maximum: MAX_JSON_DEPTH }, TOO_DEEP);
      }
      isName = character === "{";
    } else if (character === "}" || character === "]") {
      open.pop();
      isName = false;
    } else if (character === ",") {
      isName = open.at(-1) instanceof Set;
    } else if (character === '"') {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (isName && names) takeName(names, text.slice(at, end + 1));
      isName = false;
      at = end;
    }
  }
}

const TOO_DEEP = `the body nests objects and lists deeper than ${MAX_JSON_DEPTH}`;

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text[before] === "\\") before -= 1;
  return (quote - 1 - before) % 2 === 1;
}

function takeName(names: Set<string>, quoted: string): void {
  const name = JSON.parse(quoted) as string;
  if (names.has(name)) {
    throw new DepthmeshError("PARAMETER_CONFLICT", `the body names ${quoted} twice in one object`, {
      metadata: { field: name },
    });
  }
  names.add(name);
}
