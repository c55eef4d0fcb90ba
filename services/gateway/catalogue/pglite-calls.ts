/** What the gateway asks of the thread of the embedded Postgres. */

export interface QueryResult {
  readonly rows: readonly unknown[];
  readonly affectedRows: number;
}

export interface PgliteCalls {
  open: { request: { readonly folder: string }; result: undefined };
  query: {
    request: { readonly sql: string; readonly parameters: readonly unknown[] };
    result: QueryResult | QueryFailure;
  };
  close: { request: undefined; result: undefined };
}

/** A statement that Postgres refused: its error code travels with it. */
export interface QueryFailure {
  readonly code: string;
  readonly message: string;
}

export function isFailure(result: QueryResult | QueryFailure): result is QueryFailure {
  return "code" in result;
}
