/** What a failure of the catalogue's database tells about it. */

/** Codes of Postgres: damaged data or indexes, internal errors, files that are lost. */
const DAMAGE = /^(XX|58)/;
/** There is no such table or schema: somebody has removed them. */
const SCHEMA_LOSS = new Set(["42P01", "3F000"]);

export function codeOf(error: unknown): string {
  const isCoded = typeof error === "object" && error !== null && "code" in error;
  return isCoded ? String(error.code) : "";
}

/** Whether an embedded database is of no use any more. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.test(codeOf(error));
}

/** Whether the tables must be made again. */
export function isSchemaLoss(error: unknown): boolean {
  return SCHEMA_LOSS.has(codeOf(error));
}
