/** What the page and the worker of its scene say to one another. */
import type { Size } from "../../../../core/geometry/size.js";
import type { Quality } from "../../../../core/scene/quality.js";
import type { Note } from "../../../../core/spec/note.js";
import type { CameraFigures } from "../../../../core/spec/stage-output.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";

/** A photo with its depth map, as GetScene answers them, and how it moves. */
export interface SceneInput {
  readonly photo: Blob;
  /** 16-bit gray PNG, white is near. */
  readonly depthMap: Blob;
  readonly spec: JobSpecJson;
}

/** What is true of the scene that is shown. */
export interface LiveFacts {
  /** Size of the photo. */
  readonly photo: Size;
  /** Size of the picture on the page, in pixels. */
  readonly frame: Size;
  /** How strong the photo allows the camera to be, and what the worst frame hides and stretches. */
  readonly camera: CameraFigures;
  readonly notes: readonly Note[];
  readonly durationSeconds: number;
  /** Frames of the clip. */
  readonly frames: number;
  readonly quality: Quality;
  /** Whether a mesh was built for the last change, and how long after it that was shown. */
  readonly isRebuilt: boolean;
  readonly buildMs: number;
  /** The name of what draws; a browser may hide it. */
  readonly renderer: string;
  /** Whether the processor draws. */
  readonly isSoftware: boolean;
}

/** What the page is told without asking. */
export interface LiveSceneEvents {
  /** The photo that was loaded last is on the canvas, at first with stretched edges perhaps. */
  picture?(): void;
  /** What was asked for is drawn, and nothing moves any more. */
  rest?(): void;
  /** The moment that is shown while the clip plays, [0, 1]. */
  moment?(tau: number): void;
  /** The driver has taken the graphics context away, or given it back with the scene in it. */
  context?(isLost: boolean): void;
  /** The worker has died: nothing is drawn any more, and calls reject with this error. */
  failed?(error: Error): void;
}

/** Calls that are answered, by their names. */
export interface SceneCalls {
  /** `builder` leads to the worker that builds meshes. */
  open: {
    request: { readonly canvas: OffscreenCanvas; readonly builder: MessagePort };
    result: undefined;
  };
  load: { request: SceneInput; result: undefined };
  /** Answered when the camera and the effects are those of the specification. */
  setSpec: { request: { readonly spec: JobSpecJson }; result: undefined };
  /** Answered when the meshes are those of the newest specification too. */
  settle: { request: undefined; result: LiveFacts };
  still: {
    request: {
      readonly spec: JobSpecJson;
      readonly tau: number;
      /** In pixels. */
      readonly longestSide: number;
    };
    result: Blob;
  };
}

export type CallName = keyof SceneCalls;

/** What needs no answer. */
export type SceneOrder =
  | { readonly kind: "look"; readonly x: number; readonly y: number }
  | { readonly kind: "show"; readonly tau: number }
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  | { readonly kind: "resize"; readonly longestSide: number }
  /** This worker draws nothing, and builds the meshes of the one at the other end. */
  | { readonly kind: "build"; readonly port: MessagePort };

export type ToWorker =
  | {
      [Name in CallName]: { kind: Name; id: number; request: SceneCalls[Name]["request"] };
    }[CallName]
  | SceneOrder;

/** An error as it crosses: classes do not. */
export interface SaidError {
  /** A row of the table of reasons; empty for what nobody foresaw. */
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly {
    readonly field: string;
    readonly description: string;
    readonly reason: string;
  }[];
}

export type FromWorker =
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: SaidError }
  /** The first frame of a photo is drawn. */
  | { readonly kind: "picture" }
  | { readonly kind: "rest" }
  /** The moment of the clip that is shown while it plays. */
  | { readonly kind: "moment"; readonly tau: number }
  /** The graphics driver has taken the context away, or given it back. */
  | { readonly kind: "context"; readonly isLost: boolean };
