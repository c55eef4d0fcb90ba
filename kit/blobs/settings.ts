/** Where blobs lie, and how an S3 store is reached. */
import { choice, integer, text } from "../config.js";

export const BLOB_STORES = ["file", "nats", "s3"] as const;

export const BLOB_STORE_SETTINGS = {
  blobStore: choice(
    "DEPTHMESH_BLOB_STORE",
    "file",
    BLOB_STORES,
    "where blobs lie: file is the folder DEPTHMESH_BLOBS, for one gateway; nats is an object store of NATS, s3 is a bucket, for any number of gateways",
  ),
  s3Endpoint: text(
    "DEPTHMESH_S3_ENDPOINT",
    "",
    "address of the S3 store, such as http://127.0.0.1:8080; unset means AWS in DEPTHMESH_S3_REGION",
  ),
  s3PublicEndpoint: text(
    "DEPTHMESH_S3_PUBLIC_ENDPOINT",
    "",
    "address under which callers reach the S3 store, for the addresses that they are given; unset means DEPTHMESH_S3_ENDPOINT",
  ),
  s3Region: text("DEPTHMESH_S3_REGION", "us-east-1", "region of the S3 store"),
  s3Bucket: text("DEPTHMESH_S3_BUCKET", "", "bucket for blobs; the gateway does not make it"),
  s3Prefix: text(
    "DEPTHMESH_S3_PREFIX",
    "depthmesh/",
    "what the names of all objects begin with, so that several meshes can share a bucket",
  ),
  s3AccessKeyId: text(
    "DEPTHMESH_S3_ACCESS_KEY_ID",
    "",
    "access key of the S3 store; unset means what AWS programs use: AWS_ACCESS_KEY_ID, a profile, the role of the machine",
  ),
  s3SecretAccessKey: text(
    "DEPTHMESH_S3_SECRET_ACCESS_KEY",
    "",
    "secret of DEPTHMESH_S3_ACCESS_KEY_ID",
  ),
  s3SecretAccessKeyFile: text(
    "DEPTHMESH_S3_SECRET_ACCESS_KEY_FILE",
    "",
    "file with the secret, instead of DEPTHMESH_S3_SECRET_ACCESS_KEY",
  ),
  s3Addressing: choice(
    "DEPTHMESH_S3_ADDRESSING",
    "auto",
    ["auto", "path", "host"],
    "where requests name the bucket: in the path or in the host name; auto is path where DEPTHMESH_S3_ENDPOINT is set",
  ),
  s3Listing: choice(
    "DEPTHMESH_S3_LISTING",
    "auto",
    ["auto", "immediate", "late"],
    "whether the store lists an object as soon as it has it; late makes each write wait until it is listed; auto is late where DEPTHMESH_S3_ENDPOINT is set",
  ),
  s3Checksums: choice(
    "DEPTHMESH_S3_CHECKSUMS",
    "on",
    ["on", "off"],
    "whether each part is sent with a CRC32 for the store to check; off for stores that refuse it",
  ),
  s3PartMib: integer(
    "DEPTHMESH_S3_PART_MIB",
    8,
    [5, 1024],
    "MiB of a part of a large object; each object that is being written has up to four of them in memory",
  ),
  signedUrlSeconds: integer(
    "DEPTHMESH_SIGNED_URL_SECONDS",
    300,
    [10, 43_200],
    "seconds that an address of the S3 store works which a caller has asked for",
  ),
};
