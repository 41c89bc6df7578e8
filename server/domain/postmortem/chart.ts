/** A chart that is kept with its numbers: it is drawn the same when the data behind it have been deleted. */
import { z } from "zod";
import { Sample } from "@/server/domain/policy/evaluation";

const Ms = z.number().int();

/** One metric of the failed release beside the control, over the incident. Values are in the metric's unit. */
export const FrozenChart = z.object({
  /** `task_completion_rate in region=us-west`. */
  title: z.string().max(300),
  metric: z.string().max(128),
  segment: z.string().max(400).nullable(),
  candidateId: z.string().max(64),
  controlId: z.string().max(64).nullable(),
  fromMs: Ms,
  toMs: Ms,
  stepMs: Ms.positive(),
  limit: z.object({ value: z.number(), words: z.string().max(100) }).nullable(),
  /** From the start of the trouble until it was mitigated. */
  bad: z.object({ fromMs: Ms, toMs: Ms }).nullable(),
  marks: z.array(z.object({ atMs: Ms, label: z.string().max(60) })).max(12),
  /** Steps with data on either side, oldest first. */
  steps: z.array(z.object({ atMs: Ms, candidate: Sample.nullable(), control: Sample.nullable() })).max(400),
});
export type FrozenChart = z.infer<typeof FrozenChart>;

/** The chart's numbers as CSV, for documents that cannot show a picture. */
export function chartCsv({ metric, steps }: FrozenChart): string {
  const columns = ["value", "lower", "upper", "count"] as const;
  const head = ["time", ...["release", "control"].flatMap((side) => columns.map((column) => `${side}_${column}`))];
  const side = (sample: Sample | null): string[] =>
    columns.map((column) => (sample === null ? "" : number(sample[column])));
  const rows = steps.map(({ atMs, candidate, control }) => [
    new Date(atMs).toISOString(),
    ...side(candidate),
    ...side(control),
  ]);
  return [`# ${metric}`, head.join(","), ...rows.map((row) => row.join(","))].join("\n");
}

function number(value: number | null): string {
  return value === null ? "" : String(Number(value.toPrecision(6)));
}
