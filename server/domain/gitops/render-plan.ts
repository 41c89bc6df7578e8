/** A plan as people read it, in a terminal or on a pull request. */
import { describeFinding } from "./finding";
import type { Plan, PlannedAlias } from "./plan";

const SIGNS: Readonly<Record<PlannedAlias["action"], string>> = {
  in_sync: "=",
  first: "→",
  rollout: "→",
  move: "→",
  running: "…",
  waiting: "…",
  refused: "✗",
};

/** The lines of a plan: what comes, what moves, what is refused, and a last line that counts. */
export function renderPlan(plan: Plan): string[] {
  return [
    `Plan for ${plan.application} at ${plan.commit.slice(0, 10)}`,
    "",
    ...plan.releases.flatMap(({ reference, releaseId, changes }) => [
      `  + release ${releaseId}  ${reference}`,
      ...changes.map((change) => `      ${change}`),
    ]),
    ...policyLines(plan),
    ...plan.aliases.map(aliasLine),
    ...section("Findings", plan.findings.map(describeFinding)),
    "",
    summary(plan),
  ];
}

function policyLines({ policy }: Plan): string[] {
  if (policy === null) return [];
  const { name, fromVersion, added, removed } = policy;
  return [
    `  ~ policy ${name}: ${fromVersion === null ? "first version" : `version ${fromVersion} → ${fromVersion + 1}`}`,
    ...removed.map((sentence) => `      - ${sentence}`),
    ...added.map((sentence) => `      + ${sentence}`),
  ];
}

function aliasLine({ alias, action, fromReleaseId, toReleaseId, reference, message }: PlannedAlias): string {
  const target = toReleaseId === null ? reference : `${toReleaseId} (${reference})`;
  const move = action === "in_sync" ? (toReleaseId ?? "") : `${fromReleaseId ?? "nothing"} → ${target}`;
  return `  ${SIGNS[action]} ${alias}: ${move}${action === "in_sync" ? "" : `: ${message}`}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function summary({ verdict, releases, policy, aliases, findings }: Plan): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const of = (...actions: PlannedAlias["action"][]): number =>
    aliases.filter(({ action }) => actions.includes(action)).length;
  const counts = [
    [releases.length, "new release"],
    [policy === null ? 0 : 1, "policy change"],
    [of("rollout"), "rollout to start"],
    [of("first", "move"), "alias to move"],
    [of("waiting"), "alias waiting"],
    [of("refused"), "alias refused"],
    [errors, "error"],
  ] as const;
  const words = counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${count === 1 ? noun : plural(noun)}`);
  if (verdict === "in_sync") return of("running") > 0 ? "Nothing to do: it is under way." : "In sync: nothing to do.";
  return `${verdict === "refused" ? "Refused" : "Changes"}: ${words.join(", ")}.`;
}

/** The first word carries the number: `rollouts to start`, `aliases refused`; else the last, `new releases`. */
function plural(noun: string): string {
  const [first = "", ...rest] = noun.split(" ");
  if (first === "alias") return ["aliases", ...rest].join(" ");
  if (first === "rollout") return ["rollouts", ...rest].join(" ");
  return `${noun}s`;
}
