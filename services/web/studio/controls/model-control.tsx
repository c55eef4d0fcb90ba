/** Which depth model estimates the depth; those that cannot be used now say why not. */
import { useId } from "preact/hooks";
import type { ModelJson } from "../../../../proto/gen/json/depthmesh/v1/model_pb.js";
import { catalogue } from "../state/catalogue.js";
import { currentSpec } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { explains } from "./explain.js";

const { controls: TEXT } = STRINGS;

export function ModelControl() {
  const id = useId();
  const { model = "" } = currentSpec.value;
  const models = catalogue.value?.models ?? [];
  const violation = specCheck.value.violations.byField.get("model");
  return (
    <div class={`parameter choice${model ? " set" : ""}`} data-parameter="model">
      <div class="parameter-head">
        <label for={id}>{TEXT.model}</label>
      </div>
      <select
        class="input"
        id={id}
        value={model}
        aria-describedby={`${id}-about`}
        aria-invalid={Boolean(violation)}
        onChange={({ currentTarget }) => setModel(currentTarget.value)}
      >
        <option value="">{TEXT.automatic}</option>
        {models.map(({ name, title, state }) => (
          <option key={name} value={name} disabled={state !== "MODEL_STATE_AVAILABLE"}>
            {title}
            {why(state)}
          </option>
        ))}
      </select>
      {violation && <p class="error">{violation}</p>}
      <p class={explains.value ? "about" : "unseen"} id={`${id}-about`}>
        {TEXT.modelMeaning}. <code>model</code>
      </p>
    </div>
  );
}

function setModel(name: string): void {
  const { model: _model, ...others } = currentSpec.peek();
  currentSpec.value = name === "" ? others : { ...others, model: name };
}

function why(state: ModelJson["state"]): string {
  switch (state) {
    case "MODEL_STATE_NOT_INSTALLED":
      return ` (${TEXT.notInstalled})`;
    case "MODEL_STATE_LICENCE_FORBIDDEN":
      return ` (${TEXT.forbidden})`;
    default:
      return "";
  }
}
