/** The structured log of a process: JSON lines on stdout. Secrets, tokens and request text are never given to it. */
import { pino, type Logger } from "pino";
import type { Config } from "./config";

/** `process` names the part that speaks: `supervisor`, `pages`, `intake`, `controller`. */
export function createLog(process: string, level: Config["logLevel"]): Logger {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime });
}
