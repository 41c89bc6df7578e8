/** Runs the tick benchmark: one process that feeds, one that ticks, bucket by bucket. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_FLAGS } from "@/server/node-flags";
import type { TickAnswer, TickTask } from "./tick";

export interface TickFigures {
  rollouts: number;
  /** Median of the ticks with new data in every rollout, of their own processor time, and the slowest, ms. */
  busyMs: number;
  busyCpuMs: number;
  slowestMs: number;
  /** Median of the ticks without any, ms: the floor. */
  idleMs: number;
  /** Most that the ticking process held. */
  residentMib: number;
}

/** Starts the rollouts, feeds `buckets` buckets, and times a tick after each. @param entry the built worker. */
export async function measureTicks(
  entry: string,
  { rollouts, buckets }: { rollouts: number; buckets: number },
): Promise<TickFigures> {
  const folder = mkdtempSync(join(tmpdir(), "switchback-bench-tick-"));
  const [feeder, ticker] = [fork(entry), fork(entry, { execArgv: [...process.execArgv, ...NODE_FLAGS.controller] })];
  try {
    await ask(feeder, { do: "start", folder, rollouts });
    await ask(ticker, { do: "open", folder });
    const answers: TickAnswer[] = [];
    for (let bucket = 0; bucket < buckets; bucket++) {
      await ask(feeder, { do: "feed", bucket });
      answers.push(await ask(ticker, { do: "tick", bucket }));
    }
    // The first ticks start every rule's evidence; what runs for days is what comes after.
    const running = answers.slice(2);
    return {
      rollouts,
      busyMs: median(running.map(({ busyMs }) => busyMs)),
      busyCpuMs: median(running.map(({ busyCpuMs }) => busyCpuMs)),
      slowestMs: Math.max(...running.map(({ busyMs }) => busyMs)),
      idleMs: median(running.map(({ idleMs }) => idleMs)),
      residentMib: Math.max(...answers.map(({ residentMib }) => residentMib)),
    };
  } finally {
    for (const child of [feeder, ticker]) child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(child: ChildProcess, task: TickTask): Promise<TickAnswer> {
  child.send(task);
  const [answer] = (await once(child, "message")) as [TickAnswer];
  return answer;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
