/** A specification as text: JSON that people edit, and the short form that a link carries. */
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { STRINGS } from "../strings.js";

const { controls: TEXT } = STRINGS;
const LINK = /^#\/photo\?spec=([\w-]+)$/;
/**
 * Longer addresses are cut by some programs; so much is far beyond any specification of the page.
 */
const MAX_LINK_CHARACTERS = 8000;

export function specText(spec: JobSpecJson): string {
  return JSON.stringify(spec, null, 2);
}

/**
 * The specification of a text. Throws SyntaxError for what is no JSON object. The server checks the
 * fields.
 */
export function specOfText(text: string): JobSpecJson {
  if (text.trim() === "") return {};
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError(TEXT.jsonObject);
  }
  return value;
}

/** The part of an address after its page that leads to these settings. */
export function linkOf(spec: JobSpecJson): string {
  const bytes = new TextEncoder().encode(JSON.stringify(spec));
  const code = btoa(String.fromCharCode(...bytes));
  return `#/photo?spec=${code.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** Undefined for an address without settings, and for one that is damaged. */
export function specOfLink(hash: string): JobSpecJson | undefined {
  const code = LINK.exec(hash)?.[1];
  if (code === undefined || code.length > MAX_LINK_CHARACTERS) return undefined;
  try {
    const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    return specOfText(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
