/** Whose key the page uses, and the way to forget it. */
import { forgetKey, who } from "../state/who.js";
import { STRINGS } from "../strings.js";

const { session: TEXT } = STRINGS;

export function WhoBadge() {
  const { tenant, signedIn } = who.value ?? {};
  if (!signedIn) return null;
  return (
    <span class="who">
      <span class="chip" title={TEXT.tenant}>
        {tenant}
      </span>
      <button type="button" class="button plain" onClick={() => void forgetKey()}>
        {TEXT.forget}
      </button>
    </span>
  );
}
