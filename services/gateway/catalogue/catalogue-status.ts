/** Where the catalogue is and what it does, for operators. */
export interface CatalogueStatus {
  readonly place: string;
  readonly isEmbedded: boolean;
  readonly state: "closed" | "open" | "building" | "rebuilding" | "away";
  /** Revision of the last record that it has. */
  readonly revision: number;
  /** How far it is, of how far it must come, while it is built. */
  readonly done: number;
  readonly total: number;
  /** Why it is away, or why the last rebuild failed; else empty. */
  readonly trouble: string;
}
