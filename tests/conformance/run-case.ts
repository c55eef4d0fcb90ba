/** Carries out the steps of one case, and says what was different. */
import { REASONS } from "../../core/error-reasons.js";
import { pause } from "../../kit/async/delay.js";
import type { Case, Outcome, Step } from "./case-list.js";
import { differences } from "./match.js";
import type { CallError, Connection, RunnerProcess, RunningCall } from "./runner-process.js";
import { filled, type Values } from "./values.js";

/** How long and how often a call is repeated whose outcome may come later. */
const EVENTUALLY_MS = 20_000;
const REPEAT_MS = 100;

export interface CaseContext {
  readonly runner: RunnerProcess;
  readonly values: Values;
  /** Where a caller of this name calls, for this operation; `method` is that of `messages`. */
  connectionOf(caller: string, operation: string, method: string): Connection;
  /** Lets something happen to the mesh. Throws if it does not succeed. */
  mesh(verb: string, argument: Readonly<Record<string, unknown>>): Promise<unknown>;
}

interface Begun {
  readonly what: string;
  readonly operation: string;
  readonly argument: Readonly<Record<string, unknown>>;
  readonly call: RunningCall;
}

/** What was different, one line each; empty if the case holds. */
export async function runCase({ steps }: Case, context: CaseContext): Promise<string[]> {
  const begun = new Map<string, Begun>();
  const calls = {
    set: (name: string, call: Begun) => begun.set(name, call),
    get: (name: string) => {
      const call = begun.get(name);
      if (!call) throw new Error(`no step has started the call ${name}`);
      return call;
    },
  };
  try {
    for (const [index, step] of steps.entries()) {
      const found = await runStep(step, context, calls);
      if (found.length > 0) return found.map((line) => `step ${index + 1}: ${line}`);
    }
    return [];
  } finally {
    for (const { call } of begun.values()) if (!call.ended) context.runner.cancel(call);
  }
}

interface Calls {
  set(name: string, call: Begun): void;
  get(name: string): Begun;
}

async function runStep(step: Step, context: CaseContext, calls: Calls): Promise<string[]> {
  const { runner, values } = context;
  if ("mesh" in step) {
    const argument = filled(step.with ?? {}, values) as Record<string, unknown>;
    const result = await context.mesh(step.mesh, argument);
    if (step.save !== undefined) values.set(step.save, result);
    return [];
  }
  if ("do" in step) return doStep(step, context);
  if ("start" in step) {
    calls.set(step.call, begin(step.start, step, context));
    return [];
  }
  if ("until" in step) {
    const { call, what } = calls.get(step.until);
    return until(step, call, what, context);
  }
  if ("cancel" in step) {
    runner.cancel(calls.get(step.cancel).call);
    return [];
  }
  const each = calls.get(step.finish);
  if (each.call.paced) runner.run(each.call);
  await runner.untilEnded(each.call, each.what);
  return check(each, step, values);
}

/** What differs in all of the calls that the step makes. */
async function doStep(
  step: Extract<Step, { do: string }>,
  context: CaseContext,
): Promise<string[]> {
  const untilMs = performance.now() + (step.eventually === true ? EVENTUALLY_MS : 0);
  for (;;) {
    const together = Array.from({ length: step.times ?? 1 }, () => begin(step.do, step, context));
    let found: string[] = [];
    for (const { call, what } of together) await context.runner.untilEnded(call, what);
    for (const each of together) {
      found = check(each, step, context.values);
      if (found.length === 0) break;
    }
    if (found.length === 0 || performance.now() > untilMs) return found;
    await pause(REPEAT_MS);
  }
}

function begin(
  operation: string,
  step: Extract<Step, { do: string } | { start: string }>,
  { runner, values, connectionOf }: CaseContext,
): Begun {
  const caller = step.as ?? "alice";
  const argument = filled(step.with ?? {}, values) as Record<string, unknown>;
  const to = connectionOf(caller, operation, String(argument.method ?? ""));
  const call = runner.start({
    do: operation,
    to: step.key === undefined ? to : { ...to, key: String(filled(step.key, values)) },
    with: argument,
    timeoutMs: step.timeoutMs,
    paced: "paced" in step ? step.paced : undefined,
  });
  return { what: `${operation} of ${caller}`, operation, argument, call };
}

async function until(
  step: Extract<Step, { until: string }>,
  call: RunningCall,
  what: string,
  { runner, values }: CaseContext,
): Promise<string[]> {
  const pattern = filled(step.item, values);
  let asked = call.items.length;
  for (;;) {
    while (call.seen < call.items.length) {
      const item = call.items[call.seen++];
      if (differences(pattern, item).length > 0) continue;
      if (step.save !== undefined) values.set(step.save, item);
      return [];
    }
    if (call.ended) {
      const how = call.error ? show(call.error) : "well";
      return [`${what} ended (${how}) before an item like ${JSON.stringify(pattern)}`];
    }
    if (call.paced && asked === call.items.length) {
      runner.next(call);
      asked++;
    }
    await runner.untilChanged(call, what);
  }
}

function check({ what, operation, argument, call }: Begun, step: Outcome, values: Values) {
  const lines = [
    ...(call.error ? checkError(call.error, step, values) : checkResult(call, step, values)),
    ...(step.items ?? []).flatMap((pattern) => missingItem(filled(pattern, values), call)),
    ...(operation === "watch" ? gaps(call, Number(argument.afterEvent ?? 0)) : []),
  ];
  return lines.map((line) => `${what}: ${line}`);
}

function checkError(error: CallError, step: Outcome, values: Values): string[] {
  const expected = [step.reason ?? []].flat();
  if (!expected.includes(error.reason)) {
    const wanted = expected.length === 0 ? "a result" : expected.join(" or ");
    return [`${show(error)}, expected ${wanted}`];
  }
  const { code } = REASONS[error.reason as keyof typeof REASONS];
  const fields = (error.violations ?? []).map(({ field }) => field).toSorted();
  return [
    ...differences(code, error.code, "the code"),
    ...differences(filled(step.metadata ?? {}, values), error.metadata, "metadata"),
    ...(step.violations ? differences(step.violations.toSorted(), fields, "violations") : []),
    ...(step.retryDelay === undefined
      ? []
      : differences({ $set: step.retryDelay }, error.retryDelayMs, "the retry delay")),
  ];
}

function checkResult(call: RunningCall, step: Outcome, values: Values): string[] {
  if (step.reason !== undefined) {
    return [`it succeeded with ${cut(call.result)}, expected ${[step.reason].flat().join(" or ")}`];
  }
  if (step.save !== undefined) values.set(step.save, call.result);
  return differences(filled(step.expect ?? {}, values), call.result);
}

function missingItem(pattern: unknown, { items }: RunningCall): string[] {
  const fits = items.some((item) => differences(pattern, item).length === 0);
  return fits ? [] : [`no item of ${items.length} is like ${JSON.stringify(pattern)}`];
}

/** Each entry of a job's history comes once, in order, from the first one on. */
function gaps({ items }: RunningCall, afterEvent: number): string[] {
  const numbers = items.filter(isChange).map(({ number }) => Number(number));
  const wrong = numbers.findIndex((number, index) => number !== afterEvent + 1 + index);
  return wrong === -1 ? [] : [`events ${numbers.join(" ")} after ${afterEvent}: a gap or a repeat`];
}

function isChange(item: unknown): item is { readonly number: unknown } {
  return typeof item === "object" && item !== null && "stateChange" in item && "number" in item;
}

function show({ reason, code, message }: CallError): string {
  return `${reason} (${code}: ${message})`;
}

function cut(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 300);
}
