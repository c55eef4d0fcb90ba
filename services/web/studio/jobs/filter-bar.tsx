/** Which jobs are shown: by state, by text, and by time. */
import { isOperator } from "../state/roles.js";
import { STRINGS } from "../strings.js";
import { AGES, type Age, isFiltered, NO_FILTERS, STATE_GROUPS, withAge } from "./job-filters.js";
import { changeFilters, filters } from "./jobs-store.js";

/** Operators may see the jobs of all tenants. */
export function FilterBar() {
  const { groups, text, age, isEveryTenant } = filters.value;
  const change = (part: Partial<typeof filters.value>) =>
    changeFilters({ ...filters.value, ...part });
  return (
    <search class="filters" aria-label={STRINGS.jobs.filters}>
      <fieldset class="toggles">
        <legend class="unseen">{STRINGS.jobs.states}</legend>
        {STATE_GROUPS.map((group) => (
          <label key={group} class="toggle">
            <input
              type="checkbox"
              checked={groups.includes(group)}
              onChange={({ currentTarget }) =>
                change({
                  groups: STATE_GROUPS.filter((each) =>
                    each === group ? currentTarget.checked : groups.includes(each),
                  ),
                })
              }
            />
            <span>{STRINGS.jobs.group[group]}</span>
          </label>
        ))}
      </fieldset>
      <label class="filter">
        <span>{STRINGS.jobs.text}</span>
        <input
          type="search"
          class="input"
          value={text}
          maxLength={128}
          title={STRINGS.jobs.textHint}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </label>
      <label class="filter">
        <span>{STRINGS.jobs.age}</span>
        <select
          class="input"
          value={age}
          onChange={({ currentTarget }) =>
            changeFilters(withAge(filters.value, currentTarget.value as Age, Date.now()))
          }
        >
          {Object.keys(AGES).map((each) => (
            <option key={each} value={each}>
              {STRINGS.jobs.ages[each as Age]}
            </option>
          ))}
        </select>
      </label>
      {isOperator.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={isEveryTenant}
            onChange={({ currentTarget }) => change({ isEveryTenant: currentTarget.checked })}
          />
          {STRINGS.jobs.everyTenant}
        </label>
      )}
      {isFiltered(filters.value) && (
        <button
          type="button"
          class="button plain"
          onClick={() => changeFilters({ ...NO_FILTERS, isEveryTenant })}
        >
          {STRINGS.jobs.clear}
        </button>
      )}
    </search>
  );
}
