/**
 * What several gateways say must agree with the records: the list of jobs of each, and that nothing
 * of segments and of claims is left.
 */
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { CLAIMS_BUCKET } from "../../pipeline/topology/names.js";
import type { GatewayLists } from "../strike/gateway-lists.js";
import type { Lab } from "../strike/lab.js";
import { untilNone } from "./leftovers.js";
import type { Observer } from "./observer.js";

/** A projector follows within moments; a gateway that was frozen needs some more. */
const AGREE_MS = 30_000;

export interface Agreement {
  readonly lab: Lab;
  readonly observer: Observer;
  readonly lists: GatewayLists;
  /** A gateway was struck: the claims that it had expire later. */
  readonly mayHaveClaims: boolean;
  /** Claims that struck gateways have left in earlier runs; those of this run are added. */
  readonly expiringClaims: Set<string>;
}

/** Waits until all agrees and nothing is left; returns each violation as a sentence. */
export function checkAgreement(agreement: Agreement): Promise<string[]> {
  return untilNone(() => disagreements(agreement), Date.now() + AGREE_MS);
}

async function disagreements({
  lab,
  observer,
  lists,
  mayHaveClaims,
  expiringClaims,
}: Agreement): Promise<string[]> {
  const listed = await lists.all();
  const claims = await claimsIn(lab);
  if (mayHaveClaims) for (const claim of claims) expiringClaims.add(claim);
  return [
    ...observer
      .stored("segments")
      .map(({ id, segmentOf, state }) => `the segment ${id} of ${segmentOf} is left, ${state}`),
    ...listed.flatMap((states, gateway) =>
      compareLists(`gateway-${gateway}`, states, observer.stored("jobs")),
    ),
    ...useless(
      claims.filter((claim) => !expiringClaims.has(claim)),
      observer.stored("jobs"),
    ).map((claim) => `the claim ${claim} is left`),
  ];
}

/**
 * Those of the claims that nobody needs. A job that was cancelled after a worker had written a
 * file, and before its record named it, claims the file until it is deleted, so that both go
 * together.
 */
export function useless(
  claims: readonly string[],
  jobs: readonly Pick<JobRecord, "id" | "state">[],
): string[] {
  const ended = new Map(jobs.filter(isTerminal).map((job) => [job.id, JSON.stringify(job)]));
  return claims.filter((claim) => {
    const [owner = "", sha256 = ""] = claim.split(".").reverse();
    const record = claim.includes(".claim.") ? ended.get(owner) : undefined;
    return record === undefined || record.includes(sha256);
  });
}

/** `listed`: the state of each job that a gateway lists, by its id. */
export function compareLists(
  who: string,
  listed: ReadonlyMap<string, string>,
  records: readonly Pick<JobRecord, "id" | "state">[],
): string[] {
  const ids = new Set(records.map(({ id }) => id));
  const unknown = [...listed.keys()].filter((id) => !ids.has(id));
  return [
    ...records.flatMap(({ id, state }) => {
      const said = listed.get(id);
      if (said === state) return [];
      return [`${who} lists ${id} as ${said ?? "nothing"}, its record is ${state}`];
    }),
    ...unknown.map((id) => `${who} lists ${id}, which has no record of a job`),
  ];
}

async function claimsIn({ bus }: Lab): Promise<string[]> {
  const manager = await bus.as("gateway").jetstreamManager({ timeout: 2_000, checkAPI: false });
  const stream = `KV_${CLAIMS_BUCKET}`;
  const query = { subjects_filter: `$KV.${CLAIMS_BUCKET}.>` };
  const { state } = await manager.streams.info(stream, query);
  const left: string[] = [];
  for (const subject of Object.keys(state.subjects ?? {})) {
    // The bucket also has whose turn the sweep is.
    if (!subject.includes(".claim.") && !subject.includes(".removing.")) continue;
    const { header } = await manager.streams.getMessage(stream, { last_by_subj: subject });
    if (!header.get("KV-Operation")) left.push(subject);
  }
  return left;
}
