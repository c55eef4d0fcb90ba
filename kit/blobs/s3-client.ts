/** The client of an S3 store, made from the settings. */
import { readFileSync } from "node:fs";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { type ConfigOf, setEnvironmentVariable } from "../config.js";
import type { BLOB_STORE_SETTINGS } from "./settings.js";

export type S3Settings = Omit<ConfigOf<typeof BLOB_STORE_SETTINGS>, "blobStore">;

/**
 * Of one request; the SDK waits longer before each, and tells the store's overload from defects.
 */
const MAX_ATTEMPTS = 4;
const CONNECT_MS = 3_000;
/** A connection on which nothing moves for so long is closed. */
const IDLE_MS = 30_000;
const MAX_CONNECTIONS = 64;

/**
 * `endpointSetting` is the variable that the endpoint comes from, for errors. Throws if a setting
 * contradicts another, naming both.
 */
export function s3Client(
  settings: S3Settings,
  endpointSetting = "DEPTHMESH_S3_ENDPOINT",
): S3Client {
  if (settings.s3Bucket === "") {
    throw new Error("DEPTHMESH_S3_BUCKET is not set: name the bucket for DEPTHMESH_BLOB_STORE=s3");
  }
  // The SDK writes a text about versions of Node among the lines of the log.
  setEnvironmentVariable("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
  const checksums = settings.s3Checksums === "on" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const { s3Addressing, s3Endpoint: endpoint } = settings;
  return new S3Client({
    region: settings.s3Region,
    maxAttempts: MAX_ATTEMPTS,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    forcePathStyle: s3Addressing === "auto" ? endpoint !== "" : s3Addressing === "path",
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      httpAgent: { maxSockets: MAX_CONNECTIONS },
      httpsAgent: { maxSockets: MAX_CONNECTIONS },
    },
    ...(endpoint !== "" && { endpoint: checkedEndpoint(endpoint, endpointSetting) }),
    ...credentialsOf(settings),
  });
}

function checkedEndpoint(endpoint: string, setting: string): string {
  const parsed = URL.parse ? URL.parse(endpoint) : parse(endpoint);
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.username === "") return endpoint;
  const words =
    "must be an address that begins with http:// or https://, without user and password";
  throw new Error(`${setting} ${words}`);
}

function parse(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** None: the SDK looks where AWS programs look. */
function credentialsOf(settings: S3Settings): Pick<S3ClientConfig, "credentials"> {
  const { s3AccessKeyId: accessKeyId } = settings;
  const secretAccessKey = secretOf(settings);
  if (accessKeyId === "" && secretAccessKey === "") return {};
  if (accessKeyId === "" || secretAccessKey === "") {
    const [missing, set] =
      accessKeyId === ""
        ? ["DEPTHMESH_S3_ACCESS_KEY_ID", "its secret"]
        : ["DEPTHMESH_S3_SECRET_ACCESS_KEY", "DEPTHMESH_S3_ACCESS_KEY_ID"];
    throw new Error(`${missing} is not set, but ${set} is: set both or neither`);
  }
  return { credentials: { accessKeyId, secretAccessKey } };
}

const SECRET = "DEPTHMESH_S3_SECRET_ACCESS_KEY";

function secretOf({ s3SecretAccessKey: secret, s3SecretAccessKeyFile: file }: S3Settings): string {
  if (file === "") return secret;
  if (secret !== "") throw new Error(`${SECRET} and ${SECRET}_FILE are both set: set one of them`);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${SECRET}_FILE: ${file} cannot be read (${code})`);
  }
}
