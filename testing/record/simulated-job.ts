/** What a run of the model test is about, and what its job makes. */

export interface SimulatedJob {
  readonly lastStage: "render" | "encode";
  /** Absent: no hurry. */
  readonly deadlineAtMs?: number;
  /** The client may cancel it at any moment. */
  readonly mayCancel: boolean;
  /** Depth may find that an earlier job has made its result. */
  readonly mayHit: boolean;
}

const POSTER = { name: "poster.png", mediaType: "image/png", sizeBytes: 1, width: 1, height: 1 };
/** Every job of the model makes one. */
export const stillOf = (sha256: string) => ({ ...POSTER, sha256, frames: 0 });
/** What a job like it has made before. */
export const EARLIER = {
  ...{ job: "i", outputs: { render: null, encode: null }, notes: [] },
  artifacts: [stillOf("earlier")],
};
