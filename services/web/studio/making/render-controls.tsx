/** What is made, what it will cost, and the button that asks for it. */
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import { EstimateLine } from "./estimate-line.js";
import {
  ARTIFACTS,
  CONTAINERS,
  type PhotoToMake,
  specToMake,
  withArtifact,
  withContainer,
} from "./job-request.js";
import { isAsking, making, startMaking } from "./making.js";

export interface RenderControlsProps {
  readonly photo: PhotoToMake | undefined;
  readonly spec: JobSpecJson;
}

export function RenderControls({ photo, spec }: RenderControlsProps) {
  const words = STRINGS.making;
  const { outputs = [], artifacts = [] } = specToMake(spec);
  const isEmpty = outputs.length + artifacts.length === 0;
  return (
    <form
      class="render-controls"
      onSubmit={(event) => {
        event.preventDefault();
        if (photo) void startMaking(photo, spec);
      }}
    >
      <fieldset>
        <legend>{words.files}</legend>
        <div class="choices">
          {CONTAINERS.map((container) => (
            <label key={container}>
              <input
                type="checkbox"
                checked={outputs.some((output) => output.container === container)}
                onChange={({ currentTarget }) =>
                  setSpec(withContainer(spec, container, currentTarget.checked))
                }
              />
              {words.containers[container as keyof typeof words.containers]}
            </label>
          ))}
          {ARTIFACTS.map((kind) => (
            <label key={kind}>
              <input
                type="checkbox"
                checked={artifacts.includes(kind)}
                onChange={({ currentTarget }) =>
                  setSpec(withArtifact(spec, kind, currentTarget.checked))
                }
              />
              {words.artifacts[kind as keyof typeof words.artifacts]}
            </label>
          ))}
        </div>
      </fieldset>
      <div class="render-row">
        <button type="submit" class="primary" disabled={!photo || isAsking.value || isEmpty}>
          {isAsking.value ? words.asking : making.value ? words.again : words.render}
        </button>
        {photo ? <EstimateLine photo={photo} spec={spec} /> : <p class="quiet">{words.noPhoto}</p>}
      </div>
    </form>
  );
}

function setSpec(spec: JobSpecJson): void {
  currentSpec.value = spec;
}
