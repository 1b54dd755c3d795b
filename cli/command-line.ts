/** The command line as a process: its arguments, streams, folder and environment in; its exit code out. */
import { dispatch } from "./dispatch.ts";
import type { Sink } from "./output.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // `migrate runs | head`: whoever read has enough
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

const code = await dispatch(process.argv.slice(2), {
  stdout: process.stdout as Sink,
  stderr: process.stderr as Sink,
  cwd: process.cwd(),
  env: process.env,
});
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
