#!/usr/bin/env node
/** The `switchback` command: checks the runtime, then loads the program. */
import { nodeVersionProblem } from "@/server/node-version";

const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(problem);
  process.exit(2);
}

// `switchback … | head` closes the pipe early: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Imported only now: the database driver crashes an older runtime without a word.
const { runCli } = await import("./program");
const { processIo } = await import("./io");
process.exitCode = await runCli(process.argv.slice(2), processIo());
