/** What is made, what it will cost, and the button that asks for it. */
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { estimateText } from "./estimate.js";
import { FileChoices } from "./file-choices.js";
import { type PhotoToMake, specToMake } from "./job-request.js";
import { isAsking, making, startMaking } from "./making.js";

export interface RenderControlsProps {
  readonly photo: PhotoToMake;
  readonly spec: JobSpecJson;
  /** A job was accepted, and is shown. */
  readonly onStarted: () => void;
}

export function RenderControls({ photo, spec, onStarted }: RenderControlsProps) {
  const words = STRINGS.making;
  const { outputs = [], artifacts = [] } = specToMake(spec);
  const isEmpty = outputs.length + artifacts.length === 0;
  const { estimate } = specCheck.value;
  const render = async () => {
    if (await startMaking(photo, spec)) onStarted();
  };
  return (
    <div class="render-controls">
      <FileChoices spec={spec} />
      <div class="render-row">
        <button
          type="button"
          class="button primary"
          disabled={isEmpty}
          // Not disabled while it asks: that would take the keyboard's focus away.
          aria-disabled={isAsking.value}
          onClick={() => void render()}
        >
          {isAsking.value ? words.asking : making.value ? words.again : words.render}
        </button>
        <p class="fine">{isEmpty ? words.nothing : estimate && estimateText(estimate)}</p>
      </div>
    </div>
  );
}
