/**
 * The policy file as people write it: its keys in the published spelling, the checks of each, and what holds where the
 * file says nothing. What the keys mean once read is in `policy.ts`.
 */
import { z } from "zod";
import { PolicyName } from "@/server/domain/ids";
import { closedObject, openRecord } from "@/server/domain/input";
import { parseMetric } from "@/server/domain/metric/metric";
import { THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";
import { DURATION_FORM, parseDuration } from "./duration";

/** How a breach is established: evidence valid under continuous looking, or sustained window values alone. */
const EVIDENCE_MODES = ["confident", "window"] as const;
export type EvidenceMode = (typeof EVIDENCE_MODES)[number];

/** An accepted duration stays text in the document; reading it again cannot fail. */
const Duration = z
  .string({ error: `must be ${DURATION_FORM}` })
  .refine((text) => parseDuration(text) !== undefined, `must be ${DURATION_FORM}`);

const PositiveDuration = Duration.refine((text) => parseDuration(text) !== 0, "must be longer than 0s");

const Count = z.number().int("must be a whole number").min(1, "must be at least 1").max(1_000_000_000);

const Alpha = z.number().gt(0, "must be above 0").max(0.5, "must be at most 0.5");

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** The share 0–1 of `2%`, or of the bare number 2; undefined when it is neither. */
export function parseShare(value: string | number): number | undefined {
  const percent = typeof value === "number" ? value : Number(PERCENT.exec(value)?.[1] ?? Number.NaN);
  // Dividing the decimal text's number keeps 0.07 for 7 %; out of range is NaN-safe here.
  return percent >= 0 && percent <= 100 ? percent / 100 : undefined;
}

const Share = z
  .union([z.string(), z.number()], { error: "must be a percentage, e.g. 2%" })
  .refine((value) => parseShare(value) !== undefined, "must be a percentage from 0% to 100%, e.g. 2%")
  .refine(
    (value) => typeof value === "string" || value === 0 || value >= 1,
    "is ambiguous: write a number below 1 with its sign, as 0.5% or 50%",
  );

const Fraction = z
  .number()
  .min(0, "must not be negative: 0.15 allows 15 %")
  .max(100, "must be a fraction: 0.15 is 15 %");

const Segments = z
  .array(z.string().min(1).max(128))
  .max(8, "at most 8 attributes: each multiplies the thresholds by its values");

const BOUNDS = ["max", "min", "max_increase", "max_decrease"] as const;

const ThresholdEntry = closedObject({
  max: z.number().optional(),
  min: z.number().optional(),
  max_increase: Fraction.optional(),
  max_decrease: Fraction.max(1, "cannot exceed 1: nothing falls by more than 100 %").optional(),
  vs: z.literal("control", { error: "must be control: comparisons use the concurrent control only" }).optional(),
  window: PositiveDuration.default("5m"),
  // A team that wants a longer run says so.
  consecutive: Count.max(1000, "must be at most 1000").default(1),
  min_requests: z.number().int("must be a whole number").min(0, "must not be negative").max(1_000_000_000).default(0),
  action: z.enum(THRESHOLD_ACTIONS, { error: `must be one of ${THRESHOLD_ACTIONS.join(", ")}` }),
  segments: Segments.optional(),
  dry_run: z.boolean().default(false),
  attribution: z.enum(["control", "none"], { error: "must be control or none" }).default("control"),
  alpha: Alpha.optional(),
}).superRefine((entry, context) => {
  const given = BOUNDS.filter((bound) => entry[bound] !== undefined);
  const relative = given.filter((bound) => bound === "max_increase" || bound === "max_decrease");
  if (given.length === 0) {
    context.addIssue({ code: "custom", message: `needs a limit: one of ${BOUNDS.join(", ")}` });
  } else if (relative.length > 0 && relative.length < given.length) {
    context.addIssue({
      code: "custom",
      message: `${given.join(" and ")} cannot stand together: a threshold is absolute (max, min) or relative to the control`,
    });
  }
  if (entry.vs !== undefined && relative.length === 0) {
    context.addIssue({ code: "custom", path: ["vs"], message: "goes with max_increase or max_decrease only" });
  }
  if (entry.attribution === "none" && relative.length > 0) {
    context.addIssue({
      code: "custom",
      path: ["attribution"],
      message: "goes with max or min only: a relative limit is its own attribution",
    });
  }
  if (entry.max !== undefined && entry.min !== undefined && entry.min > entry.max) {
    context.addIssue({ code: "custom", path: ["min"], message: `must not exceed max ${entry.max}` });
  }
});

const Thresholds = openRecord(z.string(), ThresholdEntry).superRefine((thresholds, context) => {
  for (const name of Object.keys(thresholds)) {
    if (parseMetric(name) !== undefined) continue;
    const message = `${name} is not a metric: write p95_<measure>, mean_<measure>, sum_<measure>, <event>_rate, <score>_score or request_count`;
    context.addIssue({ code: "custom", path: [name], message });
  }
});

/** One gate as written. */
export const GateDocument = closedObject({
  improve: z.literal(true, { error: "must be true, or be left out" }).optional(),
  max: z.number().optional(),
  min: z.number().optional(),
  max_increase: Fraction.optional(),
  max_decrease: Fraction.optional(),
}).refine((entry) => Object.keys(entry).length > 0, "needs a rule: improve, max, min, max_increase or max_decrease");
export type GateDocument = z.output<typeof GateDocument>;

const waits = { min_requests: Count.default(1), requires_approval: z.boolean().default(false) };
const served = { min_duration: Duration.default("0s"), ...waits };
const STEP_ENTRIES = {
  shadow: closedObject({ shadow: Share, ...served }),
  canary: closedObject({ canary: Share, ...served }),
  approval: closedObject({
    approval: closedObject({
      required: Count.max(10, "must be at most 10").default(1),
      expires: PositiveDuration.optional(),
    }),
  }),
  soak: closedObject({ soak: PositiveDuration, holdback: Share.default("0%"), ...waits }),
} as const;

/** A union would report every alternative's complaints; a step is read by the one key that names it. */
const StepEntry = z.unknown().transform((input, context): StepDocument => {
  const kinds = Object.keys(STEP_ENTRIES) as (keyof typeof STEP_ENTRIES)[];
  const named = kinds.filter((kind) => typeof input === "object" && input !== null && Object.hasOwn(input, kind));
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    context.addIssue({ code: "custom", message: `must have exactly one of ${kinds.join(", ")}`, input });
    return z.NEVER;
  }
  const result = STEP_ENTRIES[kind].safeParse(input);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: "custom", path, message, input });
  return z.NEVER;
});

/** One step as written. */
export type StepDocument = {
  [Kind in keyof typeof STEP_ENTRIES]: z.output<(typeof STEP_ENTRIES)[Kind]>;
}[keyof typeof STEP_ENTRIES];
/** One threshold as written. */
export type ThresholdDocument = z.output<typeof ThresholdEntry>;

/** The whole file. Unknown keys are refused, each with its pointer and the key that was probably meant. */
export const PolicyDocument = closedObject({
  name: PolicyName.optional(),
  settle: Duration.default("30s"),
  // A candidate that fails from its first request is a breach too; a team with cold caches says how long to look away.
  warmup: Duration.default("0s"),
  evidence: z.enum(EVIDENCE_MODES, { error: `must be ${EVIDENCE_MODES.join(" or ")}` }).default("confident"),
  alpha: Alpha.default(0.01),
  thresholds: Thresholds.default({}),
  segments: Segments.default([]),
  gates: openRecord(z.string().min(1).max(128), GateDocument).default({}),
  steps: z.array(StepEntry).max(50, "at most 50 steps").default([]),
  allow_self_approval: z.boolean().default(false),
});
export type PolicyDocument = z.output<typeof PolicyDocument>;
