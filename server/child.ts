/** One supervised process: started, restarted with growing pauses when it crashes, given up on when it keeps crashing. */
import { fork, type ChildProcess } from "node:child_process";
import type { Logger } from "pino";

const PAUSES_MS = [200, 500, 1_000, 2_000, 5_000, 10_000];
/** A process that ran this long had started properly: its next crash counts as the first. */
const HEALTHY_AFTER_MS = 30_000;
/** So many crashes without a healthy run in between end the installation. */
const CRASHES_ALLOWED = 8;
/** A child exits with this when a restart cannot help, e.g. the port is taken. */
export const EXIT_FATAL = 78;

export interface ChildOptions {
  name: string;
  modulePath: string;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
  log: Pick<Logger, "error">;
  /** The process sent the message `ready`. */
  onReady: () => void;
  /** It will not be restarted any more. */
  onGivingUp: () => void;
  /** Flags of Node itself, besides those of this process. */
  nodeFlags?: readonly string[];
  /** Pause before the n-th restart in a row, ms; the last one repeats. */
  pausesMs?: readonly number[];
}

export interface Child {
  /** Asks it to finish, kills it after `timeoutMs`; true when it ended by itself. */
  stop: (timeoutMs: number) => Promise<boolean>;
}

/** Starts the process and keeps it running until `stop`. */
export function keepRunning(options: ChildOptions): Child {
  const { name, log, pausesMs = PAUSES_MS } = options;
  let running: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let crashes = 0;
  let stopping = false;

  const start = (): void => {
    const startedMs = performance.now();
    const child = fork(options.modulePath, [...options.args], {
      env: options.environment,
      execArgv: [...process.execArgv, ...(options.nodeFlags ?? [])],
    });
    running = child;
    child.on("message", (message) => {
      if (message === "ready") options.onReady();
    });
    child.once("exit", (code, signal) => {
      running = undefined;
      if (stopping) return;
      crashes = performance.now() - startedMs > HEALTHY_AFTER_MS ? 1 : crashes + 1;
      if (code === EXIT_FATAL || crashes >= CRASHES_ALLOWED) {
        log.error({ child: name, code, signal, crashes }, "a process cannot be kept running: stopping");
        options.onGivingUp();
        return;
      }
      const pauseMs = pausesMs[Math.min(crashes, pausesMs.length) - 1] ?? 0;
      log.error({ child: name, code, signal, pauseMs }, "a process ended unexpectedly: starting it again");
      restart = setTimeout(start, pauseMs);
    });
  };

  start();
  return {
    stop: async (timeoutMs) => {
      stopping = true;
      clearTimeout(restart);
      return running === undefined || stopProcess(running, timeoutMs);
    },
  };
}

async function stopProcess(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timeout = new Promise<"timeout">((resolve) => {
    setTimeout(resolve, timeoutMs, "timeout").unref();
  });
  if ((await Promise.race([ended, timeout])) !== "timeout") return true;
  child.kill("SIGKILL");
  await ended;
  return false;
}
