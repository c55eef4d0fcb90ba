/** The routes of uploads that take bytes. */
import { messageOf } from "../json/descriptors.js";
import type { DescribedRoute } from "./described-route.js";
import type { Parameter, Response } from "./schema.js";
import { BYTES, FLAG, LOCATION, OFFSET, streamed } from "./streamed-operation.js";
import type { OperationSources } from "./unary-operations.js";

const DIGEST: Parameter = {
  name: "Repr-Digest",
  in: "header",
  description: "`sha-256=:BASE64:`, the hash of the whole file: another file is refused.",
  schema: { type: "string", pattern: "^sha-256=:[A-Za-z0-9+/]{43}=:$" },
};

export const UPLOAD_ROUTES: readonly DescribedRoute[] = [
  {
    verb: "POST",
    path: "/v1/uploads",
    describe: (sources) =>
      streamed(
        {
          methods: ["UploadService.CreateUpload", "UploadService.WriteUpload"],
          path: "/v1/uploads",
          more:
            "The body is the whole file, and the answer a finished upload. With `start` the body is JSON, and the file" +
            " follows in parts. Fails with QUOTA_EXCEEDED, STORAGE_FULL, UPLOAD_CHECKSUM_MISMATCH, UPLOAD_TOO_LARGE.",
          parameters: [
            {
              name: "start",
              in: "query",
              description: "Only begins the upload.",
              schema: FLAG,
            },
            {
              name: "requestId",
              in: "query",
              description: "For a whole file: as in CreateUploadRequest.",
              schema: { type: "string" },
            },
            DIGEST,
          ],
          body: {
            description: "The file's bytes, of any type; or with `start` a CreateUploadRequest.",
            content: {
              "application/octet-stream": { schema: BYTES },
              "application/json": {
                schema: sources.schemas.of(messageOf("CreateUploadRequest")),
              },
            },
          },
          answers: {
            "201": { ...uploadAnswer("The upload.", sources), headers: LOCATION },
          },
        },
        sources,
      ),
  },
  {
    verb: "PUT",
    path: "/v1/uploads/{upload}",
    describe: (sources) =>
      streamed(
        {
          methods: ["UploadService.WriteUpload"],
          path: "/v1/uploads/{upload}",
          more:
            "Writes the body's bytes where the committed ones end. Bytes that are committed stay when the request breaks: get" +
            " the upload, and go on there.",
          parameters: [
            {
              name: "offset",
              in: "query",
              required: true,
              description: "The upload's `committedSizeBytes`.",
              schema: OFFSET,
            },
            {
              name: "finish",
              in: "query",
              description: "These are the last bytes of the file.",
              schema: FLAG,
            },
            DIGEST,
          ],
          body: { content: { "application/octet-stream": { schema: BYTES } } },
          answers: { "200": uploadAnswer("The upload as it is now.", sources) },
        },
        sources,
      ),
  },
];

function uploadAnswer(description: string, { schemas }: OperationSources): Response {
  const schema = schemas.of(messageOf("Upload"));
  return { description, content: { "application/json": { schema } } };
}
