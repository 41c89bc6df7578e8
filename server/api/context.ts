/** What every procedure gets, and what the edge is built from. Holds no state of its own. */
import type { Actor, ControlContext } from "@/server/control/context";
import type { GitAccess } from "@/server/integrations/git/git-access";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import type { ControlDatabase, ControlTx } from "@/server/store/control/database";

/** The part of a structured logger that the edge uses; never given secrets, tokens or request text. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Built once by the composition root. */
export interface ApiDeps {
  control: ControlDatabase;
  telemetry: TelemetryReader;
  /** This process' own way to the repositories: what reads a commit on a caller's behalf. */
  git: GitAccess;
  /** Epoch ms. */
  clock: () => number;
  log: Log;
  /** The address people open, without a trailing slash: for links in answers. */
  publicUrl: string;
}

/** One call's surroundings. */
export interface ApiContext extends ApiDeps {
  nowMs: number;
  actor: Actor | null;
  /** Correlates answer, log and audit entry. */
  requestId: string;
  /** Runs inside the transaction of the write, with its result: makes an `Idempotency-Key` atomic with the change. */
  recordWrite?: ((tx: ControlTx, result: unknown) => void) | undefined;
}

/** A context for one call. */
export function createContext(deps: ApiDeps, call: { actor: Actor | null; requestId: string }): ApiContext {
  return { ...deps, ...call, nowMs: deps.clock() };
}

/** What write verbs take. */
export function controlContext(context: ApiContext & { actor: Actor }): ControlContext {
  return { db: context.control, nowMs: context.nowMs, actor: context.actor, requestId: context.requestId };
}
