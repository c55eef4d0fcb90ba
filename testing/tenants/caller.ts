/** Who calls in tests of tenants, and what it makes to be named in calls. */
import type { DepthmeshClient } from "../../client/client.js";
import { ArtifactKind, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { type Upload, UploadServiceService } from "../../proto/gen/depthmesh/v1/upload_service.js";
import { upload } from "../mesh/fixture.js";
import { data, finish, header } from "../uploads/write-messages.js";

export interface Caller {
  readonly client: DepthmeshClient;
  readonly key: string;
  readonly photo: Uint8Array;
}

/** A job that makes its depth map only. */
export const MAP_SPEC = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });

/** Creates a job of the photo with this request id. */
export const createWithId = (
  { client, photo }: Caller,
  requestId: string,
  labels: Readonly<Record<string, string>> = {},
) => client.createJob(MAP_SPEC, { photo: upload(photo) }, requestId, { labels });

/** A finished upload of the photo. */
export async function sendUpload({ client, photo }: Caller): Promise<Upload> {
  const { name } = await client.call(UploadServiceService.createUpload, {
    ...{ requestId: "", sizeBytes: photo.length },
  });
  const messages = [header(name, 0), data(photo), finish()];
  return client.channel.clientStream(UploadServiceService.writeUpload, messages);
}
