/** What a tenant may use unless an operator has set another quota for it. */
import { integer } from "../../../kit/config.js";

export const QUOTA_SETTINGS = {
  quotaRequestsPerSecond: integer(
    "DEPTHMESH_QUOTA_REQUESTS_PER_SECOND",
    0,
    [0, 1_000_000],
    "calls a second that a tenant may make on each gateway, as a mean over ten seconds; 0 for no limit",
  ),
  quotaConcurrentJobs: integer(
    "DEPTHMESH_QUOTA_CONCURRENT_JOBS",
    0,
    [0, 2 ** 31 - 1],
    "jobs of a tenant that have not ended; 0 for no limit",
  ),
  quotaConcurrentUploads: integer(
    "DEPTHMESH_QUOTA_CONCURRENT_UPLOADS",
    0,
    [0, 65_536],
    "uploads of a tenant that each gateway receives at once; 0 for no limit",
  ),
  quotaUploadBytesPerDay: integer(
    "DEPTHMESH_QUOTA_UPLOAD_BYTES_PER_DAY",
    0,
    [0, Number.MAX_SAFE_INTEGER],
    "bytes that a tenant may upload in a day (UTC); 0 for no limit",
  ),
  quotaPixelFramesPerDay: integer(
    "DEPTHMESH_QUOTA_PIXEL_FRAMES_PER_DAY",
    0,
    [0, Number.MAX_SAFE_INTEGER],
    "pixels that are drawn for a tenant in a day (UTC), width × height × ssaa² × frames of its jobs; 0 for no limit",
  ),
};
