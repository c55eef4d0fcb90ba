/** Which requests are the same request. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import {
  ArtifactKind,
  CachePolicy,
  Codec,
  Container,
  type DeepPartial,
  JobSpec,
  Priority,
} from "../../../proto/gen/depthmesh/v1/spec.js";
import { fromWireSpec, toWireSpec } from "../../../wire/spec.js";
import { requestContent } from "./accept-job.js";

const photo = Buffer.from("photo");
const contentOf = (request: DeepPartial<JobSpec>) =>
  requestContent({
    request: JobSpec.fromPartial(request),
    photo,
    depthMap: undefined,
    sound: undefined,
  });

test("the hash of a request stays what earlier versions stored", () => {
  // Written down when the hash began to cover the request as it was sent: each of these claims may
  // be found again by a later version, whatever parameters it has besides.
  assert.equal(contentOf({}), "6b9984ccf4836620e96e4d2b3b72fed17596dee10212f43f34cb34a41a9516b1");
  assert.equal(
    contentOf({
      model: "depthmesh-tiny",
      camera: { preset: "circle", intensity: 1.5, offset: { x: 0.25 } },
      clip: { durationSeconds: 2, frameRate: { numerator: 30, denominator: 1 }, longestSide: 640 },
      effects: { vignette: { intensity: 0.5 } },
      outputs: [
        { container: Container.CONTAINER_MP4, codec: Codec.CODEC_H264, crf: 20 },
        { container: Container.CONTAINER_WEBM },
      ],
      artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH, ArtifactKind.ARTIFACT_KIND_POSTER],
      seed: 7,
      deadline: new Date(1_800_000_000_000),
    }),
    "ebdd7641faaa0e8df4475ec85204b62129e13a03d554458589cfec6535932af1",
  );
});

test("a default is not part of what was sent", () => {
  const limits = { models: ["auto"], maxFrames: 3600 };
  const sent = { seed: 7 };
  const complete = toWireSpec(resolveSpec(fromWireSpec(JobSpec.fromPartial(sent)), limits));
  assert.notEqual(contentOf(complete), contentOf(sent), "this one states its defaults");
});

test("priority and cache policy do not make another request", () => {
  assert.equal(
    contentOf({ priority: Priority.PRIORITY_HIGH, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS }),
    contentOf({}),
  );
  assert.notEqual(contentOf({ seed: 8 }), contentOf({ seed: 7 }));
});
