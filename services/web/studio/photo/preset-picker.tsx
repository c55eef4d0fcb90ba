/** The camera's presets; the chosen one plays. */
import { useSignal } from "@preact/signals";
import { catalogue } from "../state/catalogue.js";
import { currentPhoto } from "../state/photo.js";
import { currentPreset, setPreset } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import { ContactSheet } from "./contact-sheet.js";
import { playClip } from "./stage-state.js";

export function PresetPicker() {
  const isSheetOpen = useSignal(false);
  const presets = catalogue.value?.presets ?? [];
  const chosen = currentPreset.value;
  const summary = presets.find(({ name }) => name === chosen)?.summary;
  const choose = (name: string) => {
    setPreset(name);
    playClip();
  };
  return (
    <section class="panel presets" aria-labelledby="presets-heading">
      <div class="panel-head">
        <h2 id="presets-heading">{STRINGS.photo.presets}</h2>
        <button
          type="button"
          class="button small"
          disabled={!currentPhoto.value?.scene}
          onClick={() => {
            isSheetOpen.value = true;
          }}
        >
          {STRINGS.photo.sheet}
        </button>
      </div>
      <fieldset class="preset-chips">
        <legend class="unseen">{STRINGS.photo.presets}</legend>
        {presets.map(({ name = "", summary: title }) => (
          <label key={name} title={title}>
            <input
              class="unseen"
              type="radio"
              name="preset"
              value={name}
              checked={name === chosen}
              onChange={() => choose(name)}
              onClick={playClip}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <p class="fine preset-summary" aria-live="polite">
        {summary && `${chosen} ${summary}.`}
      </p>
      {isSheetOpen.value && (
        <ContactSheet
          onChoose={choose}
          onClose={() => {
            isSheetOpen.value = false;
          }}
        />
      )}
    </section>
  );
}
