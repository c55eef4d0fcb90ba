/** The secret that the processes of a mesh show each other: `authorization: Mesh <token>`. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Metadata } from "@grpc/grpc-js";

const HEADER = "authorization";
const SCHEME = "Mesh ";
const MIN_LENGTH = 32;
const MAX_LENGTH = 512;
const CHARACTERS = /^[\x21-\x7e]+$/;

export function newMeshToken(): string {
  return randomBytes(32).toString("base64url");
}

export function addMeshToken(metadata: Metadata, token: string): void {
  metadata.set(HEADER, SCHEME + token);
}

/**
 * "absent" where the call shows no secret of a mesh. Takes the same time for every wrong secret.
 */
export function meshTokenIn(metadata: Metadata, token: string): "right" | "wrong" | "absent" {
  const [shown] = metadata.get(HEADER);
  if (typeof shown !== "string" || !shown.startsWith(SCHEME)) return "absent";
  const isRight = timingSafeEqual(digest(shown.slice(SCHEME.length)), digest(token));
  return isRight ? "right" : "wrong";
}

/** Equal lengths, which timingSafeEqual needs. */
const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * The token of the settings, or undefined. Throws an error that does not contain it if it is too
 * short, has characters that a header cannot have, or its file cannot be read.
 */
export function readMeshToken({
  meshToken,
  meshTokenFile,
}: {
  readonly meshToken: string;
  readonly meshTokenFile: string;
}): string | undefined {
  if (meshToken !== "") return checked(meshToken, "DEPTHMESH_MESH_TOKEN");
  if (meshTokenFile === "") return undefined;
  try {
    return checked(readFileSync(meshTokenFile, "utf8").trim(), meshTokenFile);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const message = `DEPTHMESH_MESH_TOKEN_FILE is "${meshTokenFile}", which cannot be read: ${error.code}`;
    throw new Error(message, { cause: error });
  }
}

function checked(token: string, source: string): string {
  if (token.length < MIN_LENGTH || token.length > MAX_LENGTH) {
    throw new Error(
      `the secret in ${source} has ${token.length} characters, but must have ${MIN_LENGTH} to ${MAX_LENGTH}; \`openssl rand -base64 32\` makes one`,
    );
  }
  if (CHARACTERS.test(token)) return token;
  throw new Error(`the secret in ${source} may have printable ASCII characters only, no spaces`);
}
