/**
 * The simulated requests of rehearsals: half an hour of quiet history when one begins, then a few requests a second, half
 * of them answered by a candidate that often fails. They are read as a gateway's would be, and end by themselves.
 */
import { hasRehearsalTraffic, REHEARSAL_SHARE } from "@/server/domain/rehearsal/rehearsal";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import type { RehearsalFacts } from "@/server/store/sqlite/control-facts";
import { isUnavailable } from "@/server/store/sqlite/unavailable";
import { NotStoredError } from "./commit-queue";
import { readRequests } from "./json-records";
import type { RecordFacts } from "./record-facts";

const BEAT_MS = 1_000;
const PER_BEAT = 10;
const HISTORY_MS = 30 * 60_000;
const HISTORY_GAP_MS = 5_000;
const REGIONS = ["eu-west", "us-east", "us-west"] as const;
const SUBJECTS = 500;

/** Chances that an answer does its job, and that it fails; the candidate is broken on purpose. */
const GOOD = { completes: 0.96, fails: 0.005 } as const;
const BROKEN = { completes: 0.55, fails: 0.03 } as const;

export interface RehearsalTrafficParts {
  facts: RecordFacts & { readonly rehearsals: readonly RehearsalFacts[]; refresh: () => void };
  /** Stores what was simulated, as any other batch. */
  submit: (requests: readonly NewRequest[]) => Promise<unknown>;
  clock: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  onError: (error: unknown) => void;
}

/** Starts it; the returned function ends it. */
export function startRehearsalTraffic(parts: RehearsalTrafficParts): () => void {
  const beat = rehearsalBeat(parts);
  const onError = (error: unknown): void => {
    // What real senders would be asked to send again is left out here: the next second brings more.
    if (!(error instanceof NotStoredError) && !isUnavailable(error)) parts.onError(error);
  };
  const timer = setInterval(() => void beat().catch(onError), BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** One second's requests of every rehearsal that has traffic; a rehearsal's first comes with its history. */
export function rehearsalBeat({ facts, submit, clock, random }: RehearsalTrafficParts): () => Promise<void> {
  const begun = new Set<string>();
  let beats = 0;
  return async () => {
    facts.refresh();
    const nowMs = clock();
    const live = facts.rehearsals.filter((rehearsal) => hasRehearsalTraffic(rehearsal, nowMs));
    beats += 1;
    for (const rehearsal of live) {
      const history = begun.has(rehearsal.rolloutId) ? [] : historyOf(rehearsal, random);
      begun.add(rehearsal.rolloutId);
      const name = `${rehearsal.rolloutId}-${nowMs.toString(36)}-${beats}`;
      const fresh = Array.from({ length: PER_BEAT }, (_, at) =>
        request(rehearsal, { id: `${name}-${at}`, timeMs: nowMs - Math.floor(random() * BEAT_MS), random }),
      );
      const body = Buffer.from(JSON.stringify({ requests: [...history, ...fresh] }));
      await submit(readRequests(body, "application/json", { facts, nowMs }).records);
    }
  };
}

/** The same ids whenever it is made again, so that each request counts once. */
function historyOf(rehearsal: RehearsalFacts, random: () => number): Record<string, unknown>[] {
  const before = { ...rehearsal, candidateId: rehearsal.controlId };
  return Array.from({ length: HISTORY_MS / HISTORY_GAP_MS }, (_, at) =>
    request(before, {
      id: `${rehearsal.rolloutId}-before-${at}`,
      timeMs: rehearsal.startedAtMs - (at + 1) * HISTORY_GAP_MS,
      random,
    }),
  );
}

/** A record as a gateway posts it. A subject keeps its arm, as subjects do. */
function request(
  { application, candidateId, controlId, endedAtMs }: RehearsalFacts,
  { id, timeMs, random }: { id: string; timeMs: number; random: () => number },
): Record<string, unknown> {
  const subject = Math.floor(random() * SUBJECTS);
  const isCanary = endedAtMs === null && candidateId !== controlId && subject < SUBJECTS * REHEARSAL_SHARE;
  const chances = isCanary ? BROKEN : GOOD;
  const failed = random() < chances.fails;
  const ttftMs = Math.round(250 + 400 * random());
  const outputTokens = Math.round(120 + 160 * random());
  return {
    requestId: id,
    application,
    releaseId: isCanary ? candidateId : controlId,
    track: isCanary ? "canary" : "control",
    time: new Date(timeMs).toISOString(),
    subject: `rehearsal-${subject}`,
    region: REGIONS[subject % REGIONS.length],
    status: failed ? "error" : "ok",
    ...(failed ? { errorType: "rehearsed_failure" } : {}),
    taskCompleted: !failed && random() < chances.completes,
    ttftMs,
    durationMs: ttftMs + outputTokens * 15,
    inputTokens: Math.round(400 + 200 * random()),
    outputTokens,
  };
}
