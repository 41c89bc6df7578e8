/**
 * Rehearsals of a rollback: an application of its own beside the real one, whose alias no gateway serves, with a release
 * that is broken on purpose. Its name tells it apart everywhere: nobody is notified of it and no figure counts it.
 */

const PREFIX = "rehearsal-of-";

/** Ids have at most 63 characters; those of applications that can be rehearsed leave room for the prefix. */
export const LONGEST_REHEARSED = 63 - PREFIX.length;

/** The alias that is rolled back. */
export const REHEARSED_ALIAS = "production";

/** `deploy-assistant` → `rehearsal-of-deploy-assistant`. */
export function rehearsalOf(application: string): string {
  return `${PREFIX}${application}`;
}

/** Whether an application exists only to rehearse on. */
export function isRehearsal(application: string): boolean {
  return application.startsWith(PREFIX);
}

/** `rehearsal-of-deploy-assistant` → `deploy-assistant`; the application itself when it is no rehearsal. */
export function rehearsedBy(application: string): string {
  return isRehearsal(application) ? application.slice(PREFIX.length) : application;
}

export const REHEARSAL_POLICY_NAME = "rehearsal";

/**
 * Half of the simulated subjects get the candidate, and a broken limit pauses: the rollback is left to the person who
 * rehearses it.
 */
export const REHEARSAL_POLICY = {
  name: REHEARSAL_POLICY_NAME,
  settle: "5s",
  thresholds: {
    task_completion_rate: { min: 0.9, window: "1m", min_requests: 20, action: "pause_for_review" },
    error_rate: { max: 0.05, window: "1m", min_requests: 20, action: "pause_for_review" },
  },
  segments: ["region"],
  steps: [{ canary: "50%", min_duration: "24h" }],
} as const;

/** The candidate's share of the simulated subjects, 0–1: as the policy's step says. */
export const REHEARSAL_SHARE = 0.5;

/** What its releases are made of: the prompt is all that differs, and is new in every rehearsal. */
export function rehearsalComponents(application: string, version: number): Record<string, string> {
  return { prompt: `${application}-answer@${version}`, model: "rehearsal-model@1" };
}

/** How long the simulated traffic of a rehearsal goes on that nobody ends, and after its end, ms. */
export const LONGEST_TRAFFIC_MS = 30 * 60_000;
export const TRAFFIC_AFTERWARDS_MS = 3 * 60_000;

/** Whether simulated requests are sent for a rollout of a rehearsal at `nowMs`. */
export function hasRehearsalTraffic(
  rollout: { readonly startedAtMs: number; readonly endedAtMs: number | null },
  nowMs: number,
): boolean {
  return rollout.endedAtMs === null
    ? nowMs < rollout.startedAtMs + LONGEST_TRAFFIC_MS
    : nowMs < rollout.endedAtMs + TRAFFIC_AFTERWARDS_MS;
}
