/** Policies: the list of names with their newest version, and one version with what it says in words. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import { parsePolicy } from "@/server/domain/policy/policy";
import { Time } from "@/server/domain/time";
import { findPolicy, listPolicies, type PolicyRow } from "@/server/store/control/policies";
import type { ReadDeps } from "./deps";
import { MeasuredFalseAlarms, measuredFalseAlarms } from "./measured-false-alarms";

const PolicyVersion = z.object({ version: z.number().int(), createdAt: Time, createdBy: z.string() });

export const PolicySummaryView = PolicyVersion.extend({ name: z.string(), sentences: z.array(z.string()) });

export const PolicyView = PolicySummaryView.extend({
  /** The document as it was put. */
  document: z.record(z.string(), z.unknown()),
  /** Every version, newest first. */
  versions: z.array(PolicyVersion),
  /** How often this version was wrong about the control compared with itself, beside what it promises. */
  falseAlarms: MeasuredFalseAlarms,
});

/** The newest version of every policy, by name; tens. */
export function policyList({ control }: ReadDeps): z.input<typeof PolicySummaryView>[] {
  const newest = new Map(listPolicies(control).map((row) => [row.name, row]));
  return [...newest.values()].map((row) => ({ name: row.name, ...versionOf(row), sentences: sentencesOf(row) }));
}

/** @throws DomainError `not_found` for an unknown name or version. */
export function policy(deps: ReadDeps, input: { name: string; version?: number }): z.input<typeof PolicyView> {
  const row = findPolicy(deps.control, input);
  if (row === undefined) {
    throw notFound("policy", input.version === undefined ? input.name : `${input.name}@${input.version}`);
  }
  const parsed = parsePolicy(row.document, PolicyName.parse(row.name));
  const versions = listPolicies(deps.control).filter(({ name }) => name === input.name);
  return {
    name: row.name,
    ...versionOf(row),
    sentences: describePolicy(parsed),
    document: row.document,
    versions: versions.toReversed().map(versionOf),
    falseAlarms: measuredFalseAlarms(deps, { name: row.name, version: row.version, alpha: parsed.alpha }),
  };
}

function versionOf(row: PolicyRow): z.input<typeof PolicyVersion> {
  return { version: row.version, createdAt: row.createdAtMs, createdBy: row.createdBy };
}

function sentencesOf(row: PolicyRow): string[] {
  return describePolicy(parsePolicy(row.document, PolicyName.parse(row.name)));
}
