/** Keeps the feature values that an evaluation was made with: what live values are compared with, and looked up in. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { FeatureRows, leaksIn, profilesOf, valuesOfRows, type FeatureRow } from "@/server/domain/feature/feature-rows";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { toRfc3339 } from "@/server/domain/time";
import { ensureApplication } from "@/server/store/control/applications";
import { addFeatureSet } from "@/server/store/control/features";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const SubmitFeatureSetInput = closedObject({
  application: ApplicationId,
  view: z.string().min(1).max(128),
  /** The evaluation suite whose values these are. */
  suite: z.string().trim().min(1).max(128).default("golden"),
  rows: FeatureRows.optional(),
  /** The same rows as JSONL, one per line. */
  jsonl: z.string().optional(),
});
export type SubmitFeatureSetInput = z.input<typeof SubmitFeatureSetInput>;

export const SubmitFeatureSetOutput = z.object({
  id: z.number().int(),
  application: z.string(),
  view: z.string(),
  rows: z.number().int(),
  features: z.array(z.string()),
  /** Values that came to hold only after the instant their row asks about: the evaluation saw the future. */
  leaks: z.object({ count: z.number().int(), first: z.string().nullable() }),
});
export type SubmitFeatureSetOutput = z.output<typeof SubmitFeatureSetOutput>;

/** @throws DomainError `invalid_input` without rows, or naming the line that is no row. */
export function submitFeatureSet(context: ControlContext, input: SubmitFeatureSetInput): SubmitFeatureSetOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const { application, view, suite, ...given } = parseInput(SubmitFeatureSetInput, input, "the feature set");
  const rows = rowsOf(given);
  const values = valuesOfRows(rows);
  const leaks = leaksIn(values);
  const [first] = leaks;
  const features = [...new Set(values.map(({ feature }) => feature))].toSorted();
  return perform(context, (act) => {
    ensureApplication(act.tx, { id: application, nowMs: context.nowMs });
    const row = { application, view, suite, rowCount: rows.length, leakCount: leaks.length };
    const by = { atMs: context.nowMs, submittedBy: context.actor.name };
    const id = addFeatureSet(act.tx, { ...row, ...by, profiles: profilesOf(rows) }, values);
    writeAudit(act, {
      action: "feature_set.submitted",
      target: `application/${application}/feature_view/${view}`,
      after: { setId: id, suite, rows: rows.length, features, leaks: leaks.length },
    });
    const words =
      first === undefined
        ? null
        : `${first.feature} of ${first.entity} at ${toRfc3339(first.eventMs)} is from ${toRfc3339(first.valueMs)}`;
    return { id, application, view, rows: rows.length, features, leaks: { count: leaks.length, first: words } };
  });
}

function rowsOf({ rows, jsonl }: { rows?: FeatureRow[] | undefined; jsonl?: string | undefined }): FeatureRow[] {
  if (rows !== undefined) return rows;
  if (jsonl === undefined) {
    throw invalidInput("the feature set has no rows: give rows, or jsonl with one per line", [
      { pointer: "/rows", message: "is needed" },
    ]);
  }
  const lines = jsonl.split("\n").filter((line) => line.trim() !== "");
  return parseInput(FeatureRows, lines.map(parseLine), "the feature set's jsonl");
}

function parseLine(text: string, index: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidInput(`the feature set's jsonl does not parse: line ${index + 1}`, [
      { pointer: "/jsonl", message: `line ${index + 1} is no JSON` },
    ]);
  }
}
