/** Asks before something that cannot be undone. */
import { useEffect, useRef } from "preact/hooks";
import "./widgets.css";

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it, and the one that does not. */
  readonly yes: string;
  readonly no: string;
  readonly act: () => void;
}

/** Shows the question until one of its buttons or Escape answers it; then calls `onClosed`. */
export function ConfirmDialog({
  question,
  onClosed,
}: {
  question: Question | undefined;
  onClosed: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // A dialog that is modal keeps the focus, and gives it back to where it was.
    if (question) dialog.current?.showModal();
  }, [question]);
  if (!question) return null;
  const { title, text, yes, no, act } = question;
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="dialog-title"
      aria-describedby="dialog-text"
      onClose={onClosed}
    >
      <h2 id="dialog-title">{title}</h2>
      <p id="dialog-text">{text}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {no}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            dialog.current?.close();
            act();
          }}
        >
          {yes}
        </button>
      </div>
    </dialog>
  );
}
