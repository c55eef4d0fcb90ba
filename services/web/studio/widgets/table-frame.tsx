/** The frame of a table that may be wider than its place, and is scrolled then. */
import type { ComponentChildren } from "preact";

/** `label` says what the table has: the frame is a stop of the Tab key. */
export function TableFrame({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer, the keys of a focused frame are the only way to scroll it
    <section class="table-frame" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
