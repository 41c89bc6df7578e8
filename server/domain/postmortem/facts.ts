/**
 * What a draft is made of: facts of the record, measured or stored, each with what it rests on. Names of people are
 * words for their roles: a postmortem asks how, not who.
 */
import type { ImpactRow } from "@/server/domain/incident/impact";
import type { Sample } from "@/server/domain/policy/evaluation";
import type { Decision, IncidentSeverity, IncidentStatus } from "@/server/domain/vocabulary";
import type { Citation } from "./citation";

/** A fact with its evidence; a fact without any is not in a draft. */
export interface Cited {
  readonly cites: readonly Citation[];
}

export const CLOCK_NAMES = [
  "started",
  "detected",
  "decided",
  "communicated",
  "mitigated",
  "drained",
  "resolved",
] as const;
export type ClockName = (typeof CLOCK_NAMES)[number];

/** `atMs` is null while that clock runs, or when nobody knows. */
export interface ClockFact extends Cited {
  readonly name: ClockName;
  readonly atMs: number | null;
  /** How the time is known: `start of the first bad minute`. */
  readonly how: string;
}

/** The alias move that answered the incident. */
interface MoveFact extends Cited {
  readonly alias: string;
  readonly fromReleaseId: string;
  readonly toReleaseId: string;
  readonly atMs: number;
  readonly automatic: boolean;
}

/** How users came to get the release. `percentage` is 0–100 of subjects. */
export interface ExposureFact extends Cited {
  readonly track: "canary" | "shadow" | "alias";
  readonly percentage: number;
  readonly sinceMs: number;
  /** `a pipeline token`, `a release manager`. */
  readonly by: string;
}

/** A broken limit of the deciding evaluation. */
export interface BreachFact extends Cited {
  readonly metric: string;
  readonly segment: string | undefined;
  /** `task_completion_rate=0.42 below min 0.91 in region=us-west over 1m`. */
  readonly message: string;
  readonly candidate: Sample;
  readonly control: Sample;
}

/** One rule as the deciding evaluation saw it. */
export interface RuleFact {
  readonly metric: string;
  readonly segment: string | undefined;
  readonly verdict: string;
  readonly detail: string;
}

/** The evaluation that decided. */
export interface DecisionFact extends Cited {
  readonly decision: Decision;
  readonly policy: string;
  readonly mode: "confident" | "window";
  /** How far the data reached that it saw. */
  readonly dataToMs: number;
  readonly sentence: string;
  readonly rules: readonly RuleFact[];
}

/** One segment value while the release was bad. */
export interface SegmentFact extends Cited {
  /** `region=us-west`. */
  readonly segment: string;
  readonly requests: number;
  /** Of the release's requests, 0–1. */
  readonly share: number;
  /** The metric that suffers most here. */
  readonly worst: ImpactRow | null;
}

export interface ImpactFacts extends Cited {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly errors: number;
  /** Null when it cannot be said. */
  readonly subjects: number | null;
  readonly rows: readonly (ImpactRow & Cited)[];
  /** Where it was clearly worse than the control and than elsewhere, worst first. */
  readonly hurt: readonly SegmentFact[];
  /** Where it was clearly worse than the control, but no more than elsewhere: what was hurt is spread over them. */
  readonly alike: readonly SegmentFact[];
  /** Where it was not, most requests first. */
  readonly spared: readonly SegmentFact[];
}

interface ChangesFact extends Cited {
  readonly knownGoodId: string;
  readonly items: readonly { readonly kind: string; readonly from: string | null; readonly to: string | null }[];
  /** Components that are the same in both. */
  readonly unchanged: number;
}

/** A feature view that was evaluated in one way and served in another. */
export interface ParityFact extends Cited {
  readonly view: string;
  readonly offline: string;
  readonly online: string;
  /** When both sides were known; null when not from a report. */
  readonly knownMs: number | null;
}

/** A pause that a person lifted. */
export interface OverrideFact extends Cited {
  readonly paused: string;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** A golden-set result that let the release in. */
export interface GateFact extends Cited {
  readonly words: string;
  readonly passed: boolean | null;
}

/** What the changed components' own history says. */
export interface BlameFact extends Cited {
  readonly sentence: string;
  readonly suspects: readonly { readonly words: string; readonly reasons: readonly string[] }[];
}

/** A feature whose values differ where it went wrong. */
interface DriftFact extends Cited {
  readonly words: string;
}

/** A request to look at. */
export interface ExampleFact extends Cited {
  readonly words: string;
}

/** Requests per second in the incident, and usually at that time of day. */
export interface TrafficFact extends Cited {
  readonly perSecond: number;
  readonly usualPerSecond: number;
}

export interface TimelineFact extends Cited {
  readonly atMs: number;
  readonly kind: string;
  readonly who: string;
  readonly text: string;
}

export interface PostmortemFacts {
  readonly incident: Cited & {
    readonly id: string;
    readonly application: string;
    readonly title: string;
    readonly severity: IncidentSeverity;
    readonly status: IncidentStatus;
    /** What happened, what was done, what is left. */
    readonly sentence: string;
  };
  readonly clocks: readonly ClockFact[];
  readonly releaseId: string | null;
  readonly move: MoveFact | null;
  readonly exposure: ExposureFact | null;
  readonly breaches: readonly BreachFact[];
  readonly decision: DecisionFact | null;
  readonly impact: ImpactFacts | null;
  readonly changes: ChangesFact | null;
  readonly parity: readonly ParityFact[];
  readonly overrides: readonly OverrideFact[];
  readonly gates: readonly GateFact[];
  readonly blame: BlameFact | null;
  readonly drift: readonly DriftFact[];
  readonly examples: readonly ExampleFact[];
  readonly traffic: TrafficFact | null;
  readonly timeline: readonly TimelineFact[];
}
