/**
 * The `edges` parameter: what a moving camera shows where it looks past the edge of a near thing.
 * `fill` draws two sheets, a near one that ends in a soft edge and one behind it that continues
 * what lies there; `stretch` draws one surface, stretched from the near thing to what lies behind.
 */
export const EDGES = ["fill", "stretch"] as const;
export type Edges = (typeof EDGES)[number];
