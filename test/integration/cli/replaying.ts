/** A replay through the whole command line, and data to replay. */
import { expect } from "vitest";
import { CANDIDATE, CONTROL, type Arm } from "./requests";
import { NOON, runCommand } from "./run-command";
import { file } from "./terminal";

interface Violation {
  action: string;
  metric: string;
  segment?: string;
  message: string;
}

interface Replayed {
  changes: { time: string; decision: string; violations: Violation[] }[];
  summary: {
    final: string | null;
    firstRollbackAt: string | null;
    firstPauseAt: string | null;
    evaluations: number;
    requests: number;
  };
  err: string;
}

/** Replays lines of requests under a policy; what was decided, and said beside. */
export async function replay(policy: object, lines: string, ...flags: string[]): Promise<Replayed> {
  const args = ["replay", file(policy), "--requests", "-", "--candidate", CANDIDATE, ...flags, "--json"];
  const ran = await runCommand(args, { stdin: lines });
  expect(ran).toMatchObject({ code: 0 });
  const answers = ran.json();
  return {
    changes: answers.slice(0, -1) as Replayed["changes"],
    summary: answers.at(-1) as Replayed["summary"],
    err: ran.err,
  };
}

/** One for each change. */
export const decisionsOf = ({ changes }: Replayed): string[] => changes.map(({ decision }) => decision);

/** So many seconds after noon. */
export const after = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

/** What the candidate is compared with. */
export const CONTROL_ARM: Arm = { releaseId: CONTROL, track: "control" };
/** A limit on the time to first token. */
export const TTFT = { p95_ttft_ms: { max: 850, window: "10s", action: "rollback" } };
/** Requests whose first token comes after so long. */
export const ttft = (ms: number) => () => ({ ttftMs: ms });
