/**
 * The `depthmesh` command: runs a subcommand and reports its error. It exits with 0, with 1 after
 * an error, with 2 for a wrong command line, and with 130 after Ctrl-C.
 */
import { CommanderError } from "commander";
import { DepthmeshError, toDepthmeshError } from "../core/errors.js";
import { unknownVariables } from "../kit/config.js";
import { KNOWN_VARIABLES } from "../kit/known-variables.js";
import { suggestion } from "./did-you-mean.js";
import { errorText } from "./error-text.js";
import { createProgram } from "./program.js";

const USAGE_EXIT = 2;

// They tell users of the command nothing: Node warns of IP addresses that grpc-js gives to TLS.
Reflect.set(process, "noDeprecation", true);

for (const variable of unknownVariables()) {
  const meant = suggestion(variable, KNOWN_VARIABLES);
  process.stderr.write(`note: nothing reads ${variable}${meant}\n`);
}

createProgram()
  .parseAsync()
  .then(
    () => process.exit(),
    (thrown: unknown) => {
      // Commander has already printed its errors, and also throws after --help and --version.
      if (thrown instanceof CommanderError) process.exit(thrown.exitCode && USAGE_EXIT);
      const error = toDepthmeshError(thrown);
      const { reason, cause } = error;
      // An error of this machine, such as a wrong setting or a folder without permission.
      if (reason === "INTERNAL" && thrown instanceof Error && !(thrown instanceof DepthmeshError)) {
        process.stderr.write(`error: ${thrown.message}\n`);
        process.exit(process.exitCode ?? 1);
      }
      process.stderr.write(`error: ${errorText(error)}\n`);
      if (reason === "INTERNAL" && cause) process.stderr.write(`${String(cause)}\n`);
      process.exit(process.exitCode ?? 1);
    },
  );
