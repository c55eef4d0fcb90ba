/**
 * The `depthmesh` command: runs a subcommand and reports its error. It exits with 0, with 1 after
 * an error, with 2 for a wrong command line, and with 130 after Ctrl-C.
 */
import { CommanderError } from "commander";
import { DepthmeshError, toDepthmeshError } from "../core/errors.js";
import { errorText } from "./error-text.js";
import { createProgram } from "./program.js";

const USAGE_EXIT = 2;

// They tell users of the command nothing: Node warns of IP addresses that grpc-js gives to TLS.
Reflect.set(process, "noDeprecation", true);

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
