/** Finds the known word that a mistyped one was meant to be. */

/** A word with more differences than this, or more than a third of its letters, is another word. */
const MAX_EDITS = 3;

/** The known word that is nearest to `word`; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(MAX_EDITS, Math.max(1, Math.floor(word.length / 3)));
  const found = known
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return found[0]?.candidate;
}

/** `; did you mean NAME?`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/**
 * Insertions, deletions, replacements and exchanges of neighbours between two words (optimal string
 * alignment).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const above = row[j] ?? 0;
      let best = Math.min(above + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      const exchanged = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && exchanged) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
