/** Carries out an action on everything that a list of the mesh holds. */
import { toDepthmeshError } from "../core/errors.js";
import { print } from "./print.js";

export interface NamePage {
  readonly names: readonly string[];
  /** Empty at the end of the list. */
  readonly nextPageToken: string;
}

/**
 * Prints what `act` returns for each name. A failure does not stop the rest; the last one is thrown
 * at the end.
 */
export async function actOnAll(
  pageAt: (pageToken: string) => Promise<NamePage>,
  act: (name: string) => Promise<string>,
): Promise<void> {
  let failure: unknown;
  let pageToken = "";
  do {
    const page = await pageAt(pageToken);
    for (const name of page.names) {
      try {
        print(await act(name));
      } catch (error) {
        failure = error;
        process.stderr.write(`${name}  ${toDepthmeshError(error).message}\n`);
      }
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  if (failure) throw failure;
}
