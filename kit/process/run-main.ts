/** How the program of a service ends, and how a supervisor learns why it did not start. */

/** The argument with which a supervisor starts a service: it prints the error of a failed start. */
export const SUPERVISED = "--supervised";
/** Begins the line on standard output that tells a supervisor why the start failed. */
export const FAILED = "failed ";

/** Runs a service's main. An error before it serves becomes one clear line and a failed exit. */
export function runMain(main: () => Promise<void>): void {
  // Called inside a promise: a wrong setting is thrown before `main` has made one.
  Promise.resolve()
    .then(main)
    .then(
      () => process.exit(),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        if (process.argv.includes(SUPERVISED)) {
          process.stdout.write(`${FAILED}${JSON.stringify(why)}\n`, () => process.exit(1));
        } else {
          process.stderr.write(`error: ${why}\n`);
          process.exit(1);
        }
      },
    );
}
