/**
 * Delivers outside effects: at least once, in order per target, with retries. Runs beside the ticks and never holds one
 * up; what an effect means is its deliverer's part.
 */
import type { Logger } from "pino";
import type { ControlDatabase } from "@/server/store/control/database";
import {
  listDueOutbox,
  markDelivered,
  markFailed,
  markGivenUp,
  pruneOutbox,
  type OutboxRow,
  type OutboxTarget,
} from "@/server/store/control/outbox";

/** `git`, `notify`, `registry`: the part of a target before the colon. */
type TargetPrefix = OutboxTarget extends `${infer Prefix}:${string}` ? Prefix : never;

/** Delivers the effects of one kind of target. Effects may come twice: it must do the same again, or nothing. */
export interface Deliverer {
  /** Resolves when the effect is out; rejects when it is not, with a message that is safe to show. */
  deliver: (effect: OutboxRow, call: { nowMs: number; signal: AbortSignal }) => Promise<void>;
  /** The pause before the next attempt; `give_up` when none can help. `attempts` counts the failed ones, this included. */
  retryAfterMs: (failure: { attempts: number; error: unknown }) => number | "give_up";
}

export interface DeliveryDeps {
  control: ControlDatabase;
  log: Logger;
  /** Epoch ms. */
  clock: () => number;
  /** Targets without a deliverer wait: their effects are delivered once there is one. */
  deliverers: Readonly<Partial<Record<TargetPrefix, Deliverer>>>;
}

export interface OutboxDelivery {
  /** Starts what is due and not under way. Returns at once. */
  start: (nowMs: number) => void;
  /** Resolves when nothing is under way. */
  settled: () => Promise<void>;
  /** Aborts what is under way: it is tried again after the next start. */
  stop: () => Promise<void>;
}

const KEPT_MS = 90 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

/** Waits 5 s, 10 s, 20 s … up to `mostMs`, without end: for what must arrive however long it takes. */
export function doubling(mostMs: number): (failure: { attempts: number }) => number {
  return ({ attempts }) => Math.min(mostMs, 5_000 * 2 ** Math.min(attempts - 1, 20));
}

export function createOutboxDelivery(deps: DeliveryDeps): OutboxDelivery {
  const { control, log } = deps;
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  let prunedMs = 0;

  const start = (nowMs: number): void => {
    if (stopping.signal.aborted) return;
    for (const effect of listDueOutbox(control, nowMs)) begin(effect);
    if (nowMs - prunedMs < PRUNE_EVERY_MS) return;
    prunedMs = nowMs;
    pruneOutbox(control, nowMs - KEPT_MS);
  };

  const begin = (effect: OutboxRow): void => {
    const deliverer = delivererOf(deps, effect);
    if (deliverer === undefined || underWay.has(effect.target)) return;
    const attempt = attemptOne(deps, { effect, deliverer, signal: stopping.signal })
      .catch((error: unknown) => {
        // A locked or full disk passes: the row is as it was, and comes again.
        log.error({ err: error, outboxId: effect.id }, "what became of an effect could not be kept");
        return false;
      })
      .then((isDone) => {
        underWay.delete(effect.target);
        // The next one of the target does not wait for the next tick.
        if (isDone) start(deps.clock());
      })
      .catch((error: unknown) => log.error({ err: error }, "what is due could not be read: the next tick tries again"));
    underWay.set(effect.target, attempt);
  };

  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay.values());
  };
  return {
    start,
    settled,
    stop: () => {
      stopping.abort();
      return settled();
    },
  };
}

function delivererOf({ deliverers }: DeliveryDeps, { target }: OutboxRow): Deliverer | undefined {
  const prefix = target.slice(0, target.indexOf(":"));
  return Object.entries(deliverers).find(([name]) => name === prefix)?.[1];
}

/** True when the row is done with, delivered or given up: then the one behind it may go. */
async function attemptOne(
  { control, log, clock }: DeliveryDeps,
  { effect, deliverer, signal }: { effect: OutboxRow; deliverer: Deliverer; signal: AbortSignal },
): Promise<boolean> {
  const { id, target, kind } = effect;
  try {
    await deliverer.deliver(effect, { nowMs: clock(), signal });
  } catch (failure) {
    // A stop is no failure of the target's: the row is as due as it was.
    if (signal.aborted) return false;
    const attempts = effect.attempts + 1;
    const error = (failure instanceof Error ? failure.message : String(failure)).slice(0, 1_000);
    const pauseMs = deliverer.retryAfterMs({ attempts, error: failure });
    const nowMs = clock();
    if (pauseMs === "give_up") markGivenUp(control, { id, error, nowMs });
    else markFailed(control, { id, error, nextAttemptAtMs: nowMs + pauseMs });
    log.warn({ target, kind, outboxId: id, attempts, pauseMs, error }, "an effect was not delivered");
    return pauseMs === "give_up";
  }
  markDelivered(control, { id, nowMs: clock() });
  return true;
}
