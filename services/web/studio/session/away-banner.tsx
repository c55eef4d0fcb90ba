/** Says that nobody answers, for as long as that is so. */
import { session } from "../state/session.js";
import { STRINGS } from "../strings.js";

const { session: TEXT } = STRINGS;

export function AwayBanner() {
  const state = session.value;
  return (
    <div class="away" role="status">
      {state.kind === "away" && (
        <p class="notice warm">
          <strong>{TEXT.away}</strong>
          {state.problem.detail}. {TEXT.awayHint}
        </p>
      )}
    </div>
  );
}
