/** Asks for the API key where the server wants one. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Problem, ProblemError } from "../api/http.js";
import { giveKey, session } from "../state/session.js";
import { STRINGS } from "../strings.js";

const { session: TEXT } = STRINGS;

export function KeyDialog() {
  const state = session.value;
  return state.kind === "locked" ? <OpenKeyDialog problem={state.problem} /> : null;
}

function OpenKeyDialog({ problem }: { readonly problem: Problem }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isSending = useSignal(false);
  // That no key was shown is what the dialog itself says; that one is no longer good is news.
  const refusal = useSignal(problem.reason === "CREDENTIALS_MISSING" ? "" : problem.detail);
  useEffect(() => dialog.current?.showModal(), []);
  const send = async (key: string) => {
    isSending.value = true;
    try {
      await giveKey(key);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      refusal.value = error.problem.detail;
    } finally {
      isSending.value = false;
    }
  };
  return (
    <dialog
      ref={dialog}
      class="big-dialog key"
      aria-labelledby="key-heading"
      onCancel={(event) => event.preventDefault()}
      onClose={({ currentTarget }) => {
        // Browsers let a second Escape through; without the dialog nobody could give a key.
        if (session.peek().kind === "locked") currentTarget.showModal();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(String(new FormData(event.currentTarget).get("key") ?? "").trim());
        }}
      >
        <h2 id="key-heading">{TEXT.title}</h2>
        <p class="quiet">{TEXT.ask}</p>
        <label for="key-field">{TEXT.label}</label>
        <input
          class="input"
          id="key-field"
          name="key"
          type="password"
          autocomplete="off"
          required
          aria-invalid={refusal.value !== ""}
          aria-describedby="key-hint key-refusal"
        />
        <p class="error" id="key-refusal" role="alert">
          {refusal.value}
        </p>
        <p class="fine" id="key-hint">
          {TEXT.hint}
        </p>
        <div class="buttons">
          <button type="submit" class="button primary" disabled={isSending.value}>
            {isSending.value ? TEXT.sending : TEXT.send}
          </button>
        </div>
      </form>
    </dialog>
  );
}
