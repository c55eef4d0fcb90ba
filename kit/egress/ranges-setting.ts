/** A setting that is a list of address ranges, which may be empty. */
import { z } from "zod";
import { type Setting, text } from "../config.js";
import { parseRanges } from "./address-ranges.js";

/** The value is what AddressRanges takes. */
export function ranges(variable: string, meaning: string): Setting<string> {
  const setting = text(variable, "", meaning);
  const schema = z
    .string()
    .default("")
    .refine((list) => parseRanges(list) !== undefined);
  return { ...setting, schema, expected: "ranges such as 10.1.0.0/16, separated by commas" };
}
