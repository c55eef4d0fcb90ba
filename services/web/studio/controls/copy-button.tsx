/** Copies a text, and says for a moment that it has. */
import { useSignal } from "@preact/signals";
import { STRINGS } from "../strings.js";

const SHOWN_MS = 2000;

interface CopyButtonProps {
  readonly label: string;
  readonly textToCopy: () => string;
}

export function CopyButton({ label, textToCopy }: CopyButtonProps) {
  const isCopied = useSignal(false);
  return (
    <button
      type="button"
      class="button small"
      onClick={async () => {
        await navigator.clipboard.writeText(textToCopy());
        isCopied.value = true;
        setTimeout(() => {
          isCopied.value = false;
        }, SHOWN_MS);
      }}
    >
      <span aria-live="polite">{isCopied.value ? STRINGS.controls.copied : label}</span>
    </button>
  );
}
