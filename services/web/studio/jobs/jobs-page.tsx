/** The page `#/jobs`: the jobs, kept up to date while somebody looks. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { TroubleBox } from "../errors/trouble-box.js";
import { STRINGS } from "../strings.js";
import { ConfirmDialog } from "../widgets/confirm-dialog.js";
import { forgetOld, question, refusals, said, startAction } from "./do-action.js";
import { FilterBar } from "./filter-bar.js";
import { actionsForAll, type JobAction } from "./job-actions.js";
import { isFiltered, matchesText } from "./job-filters.js";
import { JobRow } from "./job-row.js";
import { jobTitle } from "./job-state.js";
import {
  askAll,
  filters,
  followJobs,
  isLoadingMore,
  list,
  listTrouble,
  loadMore,
  phase,
} from "./jobs-store.js";
import "./jobs.css";

export function JobsPage() {
  useEffect(() => {
    const stop = followJobs();
    return () => {
      stop();
      forgetOld();
    };
  }, []);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const heading = useRef<HTMLHeadingElement>(null);
  const { jobs, nextPageToken } = list.value;
  const shown = jobs.filter((job) => matchesText(job, filters.value));
  const chosen = shown.filter(({ name = "" }) => selected.value.has(name));
  const select = (names: readonly string[], isSelected: boolean) => {
    const next = new Set(selected.value);
    for (const name of names) isSelected ? next.add(name) : next.delete(name);
    selected.value = next;
  };
  const isEmpty = phase.value === "shown" && shown.length === 0;
  return (
    <section class="page" aria-labelledby="jobs-title">
      <h2 id="jobs-title" ref={heading} tabIndex={-1}>
        {STRINGS.jobs.title}
      </h2>
      <FilterBar />
      {listTrouble.value && <TroubleBox trouble={listTrouble.value} onAgain={askAll} />}
      <Refusals />
      <p class="said" role="status">
        {said.value}
      </p>
      {phase.value === "loading" && !listTrouble.value && (
        <p class="quiet" role="status">
          {STRINGS.jobs.loading}
        </p>
      )}
      {isEmpty && <NoJobs />}
      {shown.length > 0 && (
        <SelectionBar
          shown={shown}
          chosen={chosen}
          onAll={(isSelected) =>
            select(
              shown.map(({ name = "" }) => name),
              isSelected,
            )
          }
          onAction={(action) =>
            startAction(action, chosen, {
              after: () => {
                selected.value = new Set();
                heading.current?.focus();
              },
            })
          }
        />
      )}
      <ul class="jobs" aria-label={STRINGS.jobs.title}>
        {shown.map((job) => (
          <JobRow
            key={job.name}
            job={job}
            isTenantShown={filters.value.isEveryTenant}
            isSelected={selected.value.has(job.name ?? "")}
            onSelect={(isSelected) => select([job.name ?? ""], isSelected)}
          />
        ))}
      </ul>
      <footer class="jobs-foot">
        {jobs.length > shown.length && (
          <p class="quiet">{STRINGS.jobs.notShown(jobs.length - shown.length)}</p>
        )}
        {nextPageToken !== "" && (
          <button type="button" class="button" disabled={isLoadingMore.value} onClick={loadMore}>
            {isLoadingMore.value ? STRINGS.jobs.loadingMore : STRINGS.jobs.more}
          </button>
        )}
        {shown.length > 0 && (
          <p class="quiet">{STRINGS.jobs.count(shown.length, nextPageToken === "")}</p>
        )}
      </footer>
      <ConfirmDialog
        question={question.value}
        onClosed={() => {
          question.value = undefined;
        }}
      />
    </section>
  );
}

function NoJobs() {
  if (isFiltered(filters.value)) return <p class="empty">{STRINGS.jobs.noneFound}</p>;
  return (
    <div class="empty">
      <p>
        {STRINGS.jobs.none} {STRINGS.jobs.noneHint}
      </p>
      <a class="button" href="#/photo">
        {STRINGS.jobs.toPhoto}
      </a>
    </div>
  );
}

interface SelectionBarProps {
  readonly shown: readonly JobJson[];
  readonly chosen: readonly JobJson[];
  readonly onAll: (isSelected: boolean) => void;
  readonly onAction: (action: JobAction) => void;
}

function SelectionBar({ shown, chosen, onAll, onAction }: SelectionBarProps) {
  return (
    <div class="selection" role="toolbar" aria-label={STRINGS.jobs.actions}>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen.length === shown.length}
          onChange={({ currentTarget }) => onAll(currentTarget.checked)}
        />
        {STRINGS.jobs.selectAll}
      </label>
      {chosen.length > 0 && <span>{STRINGS.jobs.selected(chosen.length)}</span>}
      {actionsForAll(chosen).map((action) => (
        <button
          key={action}
          type="button"
          class={`button small${action === "delete" ? " danger" : ""}`}
          onClick={() => onAction(action)}
        >
          {STRINGS.jobs.action[action]}
        </button>
      ))}
    </div>
  );
}

function Refusals() {
  if (refusals.value.length === 0) return null;
  return (
    <div class="refusals">
      {refusals.value.map(({ job, trouble }) => (
        <div key={job.name}>
          <strong>{jobTitle(job)}</strong>
          <TroubleBox trouble={trouble} />
        </div>
      ))}
      <button
        type="button"
        class="button small"
        onClick={() => {
          refusals.value = [];
        }}
      >
        {STRINGS.jobs.dismiss}
      </button>
    </div>
  );
}
