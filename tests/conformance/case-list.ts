/** The list of cases, read from cases.yaml. README.md describes its form. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { packagePath } from "../../kit/process/package-path.js";

const pattern = z.unknown();

/** What a call must end with. */
const outcome = {
  /** The result, as far as named. */
  expect: pattern.optional(),
  /** The error's reason; without it the call must succeed. A list: one of them. */
  reason: z.union([z.string(), z.array(z.string())]).optional(),
  /** The error's metadata, as far as named. */
  metadata: pattern.optional(),
  /** Fields of the error's violations, all of them, in any order. */
  violations: z.array(z.string()).optional(),
  /** The error says when to call again. */
  retryDelay: z.boolean().optional(),
  /** Each must fit to one of the items that the call yielded. */
  items: z.array(pattern).optional(),
  /** Name under which later steps find the result. */
  save: z.string().optional(),
};

const call = {
  /** Whose key and port; `alice` by default. */
  as: z.string().optional(),
  /** A key in place of that caller's. */
  key: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  timeoutMs: z.number().optional(),
};

const step = z.union([
  z.strictObject({
    do: z.string(),
    ...call,
    ...outcome,
    /** So often at once; one of the calls must have the outcome. */
    times: z.number().optional(),
    /** The outcome may come later: the call is repeated until it has it. */
    eventually: z.boolean().optional(),
  }),
  z.strictObject({
    start: z.string(),
    ...call,
    paced: z.boolean().optional(),
    call: z.string(),
  }),
  z.strictObject({ until: z.string(), item: pattern, save: z.string().optional() }),
  z.strictObject({ finish: z.string(), ...outcome }),
  z.strictObject({ cancel: z.string() }),
  z.strictObject({
    mesh: z.string(),
    with: z.record(z.string(), z.unknown()).optional(),
    save: z.string().optional(),
  }),
]);

const list = z.strictObject({
  values: z.record(z.string(), z.unknown()),
  cases: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9-]+$/),
      about: z.string(),
      /** What the mesh does not do yet; the case is not run. */
      pending: z.string().optional(),
      steps: z.array(step).min(1),
    }),
  ),
});

export type CaseList = z.infer<typeof list>;
export type Case = CaseList["cases"][number];
export type Step = z.infer<typeof step>;
export type Outcome = Pick<
  Extract<Step, { do: string }>,
  "expect" | "reason" | "metadata" | "violations" | "retryDelay" | "items" | "save"
>;

/** Throws where the file does not have the form that README.md describes. */
export function readCaseList(): CaseList {
  const text = readFileSync(packagePath("tests", "conformance", "cases.yaml"), "utf8");
  const read = list.parse(parse(text));
  const names = read.cases.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`there are two cases of the name ${twice}`);
  return read;
}
