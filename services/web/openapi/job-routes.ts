/**
 * The routes of jobs whose bodies or answers are streams: new jobs, their events and their files.
 */
import { MAX_URL_LENGTH } from "../../../kit/egress/address.js";
import { messageOf } from "../json/descriptors.js";
import type { DescribedRoute } from "./described-route.js";
import { type JsonSchema, type Operation, refTo } from "./schema.js";
import { BYTES, FLAG, LOCATION, OFFSET, streamed, text } from "./streamed-operation.js";
import type { OperationSources } from "./unary-operations.js";

const FILE_HEADERS = {
  etag: text("The file's SHA-256, as a strong tag."),
  "accept-ranges": text("`bytes`"),
  "content-disposition": text("Whether a browser shows the file or saves it, and its name."),
};

/** The schemas of what only these routes have. */
export const STREAM_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ServerSentEvent: {
    type: "object",
    description: "One event of a stream, by the names of its lines.",
    properties: {
      id: { type: "string", description: "Number of the event, for `Last-Event-ID`." },
      event: { type: "string", enum: ["stateChange", "progress", "heartbeat", "end"] },
      data: {
        type: "string",
        contentMediaType: "application/json",
        contentSchema: refTo("JobEvent"),
        description: "A JobEvent; of `end` an empty object.",
      },
    },
  },
};

export const JOB_ROUTES: readonly DescribedRoute[] = [
  {
    verb: "POST",
    path: "/v1/jobs",
    describe: (sources) => {
      const header = sources.schemas.of(messageOf("CreateJobHeader"));
      const job = { "application/json": { schema: sources.schemas.of(messageOf("Job")) } };
      return streamed(
        {
          methods: ["JobService.CreateJob"],
          path: "/v1/jobs",
          more:
            "A form has the part `header`, then `photo`, then `depthMap` and `sound` where the header announces them." +
            " With JSON the header names uploads as its files, or `photoUrl` where the operator allows it. Answers when the job" +
            " is durable.",
          body: {
            required: true,
            content: {
              "multipart/form-data": {
                schema: {
                  type: "object",
                  properties: { header, photo: BYTES, depthMap: BYTES, sound: BYTES },
                  required: ["header"],
                  additionalProperties: false,
                },
                encoding: { header: { contentType: "application/json" } },
              },
              "application/json": { schema: withPhotoUrl(sources) },
            },
          },
          answers: {
            "200": {
              description: "With `validateOnly`: what the job would make. It has no name.",
              content: job,
            },
            "201": {
              description: "The job, or the one that the same request has made before.",
              headers: LOCATION,
              content: job,
            },
          },
        },
        sources,
      );
    },
  },
  {
    verb: "GET",
    path: "/v1/jobs/{job}/events",
    describe: (sources) => {
      // Only the data of events refers to it.
      sources.schemas.of(messageOf("JobEvent"));
      return streamed(
        {
          methods: ["JobService.WatchJob"],
          path: "/v1/jobs/{job}/events",
          more:
            "Server-sent events: `event` is stateChange, progress, heartbeat or, after the last one, end; `id` is the event's" +
            " number, and `data` a JobEvent. Replays the history after an event number, follows it, and ends after a terminal" +
            " state. Fails with JOB_NOT_FOUND.",
          parameters: [
            {
              name: "afterEvent",
              in: "query",
              description: "Events up to this number are skipped.",
              schema: { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 },
            },
            {
              name: "Last-Event-ID",
              in: "header",
              description: "The same, as browsers send it when they come back.",
              schema: { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 },
            },
          ],
          answers: {
            "200": {
              description: "The events.",
              content: { "text/event-stream": { schema: refTo("ServerSentEvent") } },
            },
            "204": { description: "The job has ended, and Last-Event-ID is its last event." },
          },
        },
        sources,
      );
    },
  },
  ...(["GET", "HEAD"] as const).map((verb) => ({
    verb,
    path: "/v1/jobs/{job}/artifacts/{artifact}",
    describe: (sources: OperationSources) => artifactOperation(verb, sources),
  })),
];

/** The header of a job, and the one field that is not the protocol's. */
function withPhotoUrl({ schemas }: OperationSources): JsonSchema {
  const header = schemas.without(messageOf("CreateJobHeader"), new Set());
  const description =
    "Where the photo is fetched from, in place of `photoUpload`: an address of an origin that the operator has listed.";
  const photoUrl = {
    type: "string",
    format: "uri",
    maxLength: MAX_URL_LENGTH,
    description,
  } as const;
  return { ...header, properties: { ...header.properties, photoUrl } };
}

function artifactOperation(verb: "GET" | "HEAD", sources: OperationSources): Operation {
  const path = "/v1/jobs/{job}/artifacts/{artifact}";
  const file = verb === "HEAD" ? {} : { content: { "*/*": { schema: BYTES } } };
  const operation = streamed(
    {
      methods: ["ResultService.ReadArtifact"],
      path,
      more:
        "A file that the job has made. `fragments.mp4` with `follow` is the first MP4 output while it is encoded: the answer" +
        " is broken off when another attempt begins. Fails with ARTIFACT_NOT_FOUND, JOB_NOT_READY, STREAM_RESTARTED.",
      parameters: [
        { name: "Range", in: "header", description: "One range.", schema: { type: "string" } },
        {
          name: "If-None-Match",
          in: "header",
          description: "The tag of the file that the caller has.",
          schema: { type: "string" },
        },
        {
          name: "If-Range",
          in: "header",
          description: "The tag of the file that the range is of.",
          schema: { type: "string" },
        },
        {
          name: "download",
          in: "query",
          description: "A browser saves the file, under this name if it is one.",
          schema: { type: "string" },
        },
        { name: "follow", in: "query", description: "While it is encoded.", schema: FLAG },
        { name: "offset", in: "query", description: "With `follow`.", schema: OFFSET },
        {
          name: "attempt",
          in: "query",
          description: "With an offset above 0: the answer's `depthmesh-attempt` so far.",
          schema: { type: "string" },
        },
      ],
      answers: {
        "200": {
          description: "The file.",
          headers: {
            ...FILE_HEADERS,
            "depthmesh-attempt": text("With `follow`: names the attempt of the encode."),
          },
          ...file,
        },
        "206": {
          description: "The range.",
          headers: { ...FILE_HEADERS, "content-range": text("Which bytes, of how many.") },
          ...file,
        },
        "304": { description: "The caller has the file." },
      },
    },
    sources,
  );
  return verb === "GET" ? operation : { ...withoutBodies(operation), operationId: "headArtifact" };
}

/** The answers to HEAD have no bodies. */
function withoutBodies(operation: Operation): Operation {
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const { content: _none, $ref: _component, ...rest } = response;
    return [status, { description: `As of GET, without its body.`, ...rest }] as const;
  });
  return { ...operation, responses: Object.fromEntries(responses) };
}
