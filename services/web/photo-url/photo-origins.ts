/** The origins that photos may be fetched from, as the operator lists them. */
import { z } from "zod";
import { type Setting, text } from "../../../kit/config.js";

/** A bare name or address, with a port if need be, stands for https. */
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const ORIGIN = /^https?:\/\/[^/?#@\s]+\/?$/;

/**
 * Origins such as `https://photos.example`, from a list of origins and hosts that is separated by
 * commas; undefined if one is none.
 */
export function parseOrigins(list: string): ReadonlySet<string> | undefined {
  const entries = list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const urls = entries.map((entry) => (HOST.test(entry) ? `https://${entry}` : entry));
  if (!urls.every((url) => ORIGIN.test(url) && URL.canParse(url))) return undefined;
  return new Set(urls.map((url) => new URL(url).origin));
}

/** The value is what `parseOrigins` reads. */
export function originsSetting(variable: string, meaning: string): Setting<string> {
  const schema = z
    .string()
    .default("")
    .refine((list) => parseOrigins(list) !== undefined);
  const expected = "hosts, or origins such as https://photos.example, separated by commas";
  return { ...text(variable, "", meaning), schema, expected };
}
