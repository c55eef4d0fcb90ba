/** Every parameter of the catalogue, in groups that can be searched. */
import { useSignal } from "@preact/signals";
import { type Group, groupsOf } from "../spec/parameter-groups.js";
import { sentence } from "../spec/parameter-text.js";
import { fieldOf, setFields } from "../spec/spec-fields.js";
import { isViolated } from "../spec/violations.js";
import { catalogue } from "../state/catalogue.js";
import { currentSpec, setField } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { explains } from "./explain.js";
import { ModelControl } from "./model-control.js";
import { ParameterControl } from "./parameter-control.js";
import { SpecJson } from "./spec-json.js";
import "./controls.css";

const { controls: TEXT } = STRINGS;
const OPEN_AT_FIRST = "movement";

export function ControlPanel() {
  const search = useSignal("");
  const rows = catalogue.value?.parameters ?? [];
  const groups = groupsOf(rows, search.value);
  const changed = setFields(currentSpec.value, rows).length;
  const { rest } = specCheck.value.violations;
  return (
    <section class="panel controls" aria-labelledby="settings-heading">
      <div class="panel-head">
        <h2 id="settings-heading">{STRINGS.photo.settings}</h2>
        <span class="buttons">
          <button
            type="button"
            class="button plain"
            aria-pressed={explains.value}
            onClick={() => {
              explains.value = !explains.value;
            }}
          >
            {TEXT.explain}
          </button>
          <button
            type="button"
            class="button plain"
            disabled={Object.keys(currentSpec.value).length === 0}
            onClick={() => {
              currentSpec.value = {};
            }}
          >
            {TEXT.resetAll}
            {changed > 0 && <span class="chip">{changed}</span>}
          </button>
        </span>
      </div>
      <input
        class="input search"
        type="search"
        placeholder={TEXT.search}
        aria-label={TEXT.search}
        value={search.value}
        onInput={({ currentTarget }) => {
          search.value = currentTarget.value;
        }}
      />
      {rest.length > 0 && (
        <div class="notice bad" role="status">
          <strong>{TEXT.problems}</strong>
          {rest.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      )}
      {groups.length === 0 && rows.length > 0 && <p class="fine">{TEXT.none}</p>}
      {groups.map((group) => (
        <ControlGroup key={group.id} group={group} isSearched={search.value.trim() !== ""} />
      ))}
      {search.value.trim() === "" && <SpecJson />}
    </section>
  );
}

function ControlGroup({ group, isSearched }: { group: Group; isSearched: boolean }) {
  const { violations } = specCheck.value;
  const rows = group.sections.flatMap((section) => section.rows);
  const changed = setFields(currentSpec.value, rows).length;
  const isBad = rows.some(({ name }) => isViolated(violations, name));
  return (
    <details class="control-group" open={isSearched || isBad || group.id === OPEN_AT_FIRST}>
      <summary>
        <h3>{TEXT.groups[group.id]}</h3>
        {changed > 0 && (
          <span class="chip">
            {changed} {TEXT.changed}
          </span>
        )}
      </summary>
      {group.id === "depth" && !isSearched && <ModelControl />}
      {group.sections.map(({ name, rows: inSection }) => (
        <fieldset key={name} class="control-section">
          {name !== "" && <legend>{sentence(name)}</legend>}
          {inSection.map((row) => (
            <ParameterControl
              key={row.name}
              row={row}
              value={fieldOf(currentSpec.value, row)}
              violation={violations.byField.get(row.name)}
              onChange={(value) => setField(row, value)}
            />
          ))}
        </fieldset>
      ))}
    </details>
  );
}
