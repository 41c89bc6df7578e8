/** `npm start`: checks the runtime before anything native is loaded, then runs the supervisor. */
import { nodeVersionProblem } from "./node-version";

const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(problem);
  process.exit(1);
}

// Imported only now: the database driver crashes an older runtime without a word.
const { supervise } = await import("./supervisor");
process.exitCode = await supervise({ dev: process.argv.includes("--dev") });
