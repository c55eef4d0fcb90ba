/** What `convert` says about its photos at the end: a table for people, JSON for programs. */
import type { DepthmeshError } from "../core/errors.js";
import { sizeText } from "../core/quantity-text.js";
import { jobId } from "./connect.js";
import type { Outcome } from "./convert-many.js";
import type { Conversion } from "./convert-one.js";
import { leftJobsText } from "./convert-one.js";
import { artifactJson, cameraJson, errorJson } from "./job-json.js";
import { print } from "./print.js";
import { tableLines } from "./table.js";

interface Row {
  readonly photo: string;
  readonly state: string;
  readonly seconds: string;
  readonly size: string;
  readonly remark: string;
}

const COLUMNS = [
  { title: "PHOTO", cell: ({ photo }: Row) => photo },
  { title: "STATE", cell: ({ state }: Row) => state },
  { title: "SECONDS", cell: ({ seconds }: Row) => seconds, alignRight: true },
  { title: "SIZE", cell: ({ size }: Row) => size, alignRight: true },
  { title: "FILES OR REASON", cell: ({ remark }: Row) => remark },
];

/** Prints a line for each photo, and how many were made. */
export function showOutcomes(outcomes: readonly Outcome[], isTemporary: boolean): void {
  for (const line of tableLines(COLUMNS, outcomes.map(rowOf))) print(line);
  const count = (state: Outcome["state"]) =>
    outcomes.filter((outcome) => outcome.state === state).length;
  const [failed, interrupted] = [count("failed"), count("interrupted")];
  const rest = [
    failed > 0 ? `, ${failed} failed` : "",
    interrupted > 0 ? `, ${interrupted} interrupted` : "",
  ];
  print(`${count("done")} of ${outcomes.length} made${rest.join("")}`);
  const left = outcomes.flatMap(({ plan, ...outcome }) =>
    outcome.state === "interrupted" && outcome.job ? [{ job: outcome.job, plan }] : [],
  );
  if (left.length > 0) process.stderr.write(`${leftJobsText(left, isTemporary)}\n`);
}

function rowOf(outcome: Outcome): Row {
  const { plan, state } = outcome;
  const row = { photo: plan.photo, state, seconds: "", size: "", remark: "" };
  switch (outcome.state) {
    case "done": {
      const { files, seconds, job } = outcome.conversion;
      const bytes = files.reduce((sum, { artifact }) => sum + artifact.sizeBytes, 0);
      const names = files.map(({ path }) => path).join(" ");
      return {
        ...row,
        seconds: seconds.toFixed(1),
        size: sizeText(bytes),
        remark: job.cacheHit ? `${names} (from the cache)` : names,
      };
    }
    case "failed":
      return { ...row, remark: reasonText(outcome.error) };
    case "interrupted":
      return { ...row, remark: outcome.job ? `job ${jobId(outcome.job)}` : "not begun" };
  }
}

const reasonText = ({ reason, message }: DepthmeshError) => `${reason}: ${message}`;

export function conversionJson({ plan, job, files, seconds }: Conversion) {
  return {
    photo: plan.photo,
    state: "done",
    job: job.name,
    seconds,
    fromCache: job.cacheHit,
    depthModel: job.depthModel,
    camera: cameraJson(job),
    files: files.map(({ path, artifact }) => ({ path, ...artifactJson(artifact) })),
  };
}

export function outcomeJson(outcome: Outcome) {
  const { plan, state } = outcome;
  if (outcome.state === "done") return conversionJson(outcome.conversion);
  return {
    photo: plan.photo,
    state,
    job: outcome.job ?? null,
    ...(outcome.state === "failed" && { error: errorJson(outcome.error) }),
  };
}
