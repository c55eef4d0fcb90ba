/** The specification as the API takes it, to read, copy and edit. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { specOfText, specText } from "../spec/spec-text.js";
import { currentSpec } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { CopyButton } from "./copy-button.js";

const { controls: TEXT } = STRINGS;

export function SpecJson() {
  const id = useId();
  /** What is being typed; undefined while the text follows the controls. */
  const draft = useSignal<string | undefined>(undefined);
  const problem = useSignal("");
  const text = draft.value ?? specText(currentSpec.value);
  const { byField, rest } = specCheck.value.violations;
  const said = problem.value || [...rest, ...byField.values()].join("\n");
  const edit = (typed: string) => {
    draft.value = typed;
    try {
      currentSpec.value = specOfText(typed);
      problem.value = "";
    } catch (error) {
      problem.value = `${TEXT.jsonBroken}: ${error instanceof Error ? error.message : error}`;
    }
  };
  return (
    <details class="control-group">
      <summary>
        <h3>{TEXT.json}</h3>
      </summary>
      <div class="spec-json">
        <p class="fine" id={`${id}-hint`}>
          {TEXT.jsonHint}
        </p>
        <textarea
          class="input"
          rows={Math.min(24, Math.max(6, text.split("\n").length + 1))}
          spellcheck={false}
          aria-label={TEXT.jsonLabel}
          aria-describedby={`${id}-hint ${id}-said`}
          aria-invalid={said !== ""}
          value={text}
          onInput={({ currentTarget }) => edit(currentTarget.value)}
          onBlur={() => {
            draft.value = undefined;
            problem.value = "";
          }}
        />
        <p class="error" id={`${id}-said`} aria-live="polite">
          {said}
        </p>
        <CopyButton label={TEXT.copy} textToCopy={() => text} />
      </div>
    </details>
  );
}
