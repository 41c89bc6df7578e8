/** A process of the tick benchmark: does one task after the other and answers each. */
import { tickWorker, type TickTask } from "./tick";

const work = tickWorker();
process.on("message", (task: TickTask) => process.send?.(work(task)));
