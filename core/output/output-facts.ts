/** What was measured of a finished output in its own file. */
export interface OutputFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Of the video, rounded to microseconds. */
  readonly durationSeconds: number;
  readonly codec: string;
  readonly pixelFormat: string;
  /** Empty if the file has no sound. */
  readonly soundCodec: string;
}
