/** What needs a person on the Overview, most urgent first; each with the page where it is dealt with. */
import { awaitsApproval } from "@/server/domain/rollout/steps";
import { findFingerprint } from "@/server/store/control/features";
import { listIncidents, type IncidentRow } from "@/server/store/control/incidents";
import type { AliasRow } from "@/server/store/control/aliases";
import { listProposals } from "@/server/store/control/policies";
import { findRelease } from "@/server/store/control/releases";
import type { Freshness } from "./common-view";
import { countWords, shareWords } from "@/server/domain/words/count-words";
import type { ReadDeps } from "./deps";
import { parityBreakWords, releaseParity } from "./feature-parity";
import { staleWords } from "./freshness";
import { gitNeeds } from "./git-needs";
import { incidentSentence } from "./incident-sentence";
import { links } from "./links";
import type { OverviewView } from "./overview-view";
import { incidentMove } from "./incident-move";
import type { LoadedRollout } from "./rollout-summary";
import { summaryOf } from "./rollout-summary";
import { telemetryNeeds } from "./telemetry-health";
import type { ObservedTraffic } from "./traffic-share";

type Need = OverviewView["needsAPerson"][number];

/** Unresolved incidents shown at most. */
const INCIDENTS = 10;

export interface OverviewFacts {
  readonly application: string;
  readonly aliases: readonly AliasRow[];
  readonly rollouts: readonly LoadedRollout[];
  /** Unresolved, open ones first, newest first. */
  readonly incidents: readonly IncidentRow[];
  readonly traffic: ObservedTraffic;
  readonly freshness: Freshness;
}

/** Ranked: incidents, approvals, other pauses, git that lags, parity, unknown releases, bad data, silence, policies. */
export function whatNeedsAPerson(deps: ReadDeps, facts: OverviewFacts): Need[] {
  return [
    ...incidentNeeds(deps, facts),
    ...pausedRollouts(deps, facts),
    ...gitNeeds(deps, facts.application),
    ...parityBreaks(deps, facts),
    ...unregisteredReleases(deps, facts),
    ...telemetryNeeds(deps, facts.application),
    ...silence(facts),
    ...policyProposals(deps, facts),
  ];
}

/** Incidents that are not resolved: open ones first, newest first. */
export function unresolvedIncidents({ control }: ReadDeps, application: string): IncidentRow[] {
  const statuses = ["open", "mitigated"] as const;
  const rows = statuses.flatMap((status) => listIncidents(control, { application, status, limit: INCIDENTS }).items);
  return rows.slice(0, INCIDENTS);
}

function incidentNeeds(deps: ReadDeps, { application, incidents }: OverviewFacts): Need[] {
  return incidents.map((row) => ({
    kind: "incident",
    sentence: incidentSentence(row, { move: incidentMove(deps, row), nowMs: deps.nowMs }),
    href: links.incident(application, row.id),
    at: row.detectedAtMs,
  }));
}

function pausedRollouts(deps: ReadDeps, { application, rollouts }: OverviewFacts): Need[] {
  const paused = rollouts.filter(({ row }) => row.state === "paused");
  return paused
    .map((loaded): Need => {
      const approval = awaitsApproval(loaded.policy, loaded.row);
      return {
        kind: approval ? "approval" : "paused",
        sentence: summaryOf(deps, loaded).sentence,
        href: links.rollout(application, loaded.row.id),
        at: loaded.transitions.at(-1)?.atMs ?? loaded.row.stepStartedAtMs,
      };
    })
    .toSorted((a, b) => (a.kind === b.kind ? a.at - b.at : a.kind === "approval" ? -1 : 1));
}

/** A policy is not an application's: whoever may approve it sees it wherever they look. */
function policyProposals({ control }: ReadDeps, { application }: OverviewFacts): Need[] {
  return listProposals(control).map(({ name, version, actorName, atMs }) => ({
    kind: "policy",
    sentence: `Version ${version} of policy ${name}, put by ${actorName}, loosens a rollback rule and waits for another person.`,
    href: links.policy(application, name),
    at: atMs,
  }));
}

function parityBreaks(deps: ReadDeps, { application, aliases, rollouts }: OverviewFacts): Need[] {
  const releaseIds = new Set([
    ...rollouts.map(({ row }) => row.candidateId),
    ...aliases.map((alias) => alias.releaseId),
  ]);
  return [...releaseIds].flatMap((releaseId) =>
    releaseParity(deps, { application, releaseId })
      .filter(({ equal }) => equal === false)
      .map((view) => ({
        kind: "parity" as const,
        sentence: `Release ${releaseId}: ${parityBreakWords(view)}.`,
        href: links.parity(application),
        at: reportedAt(deps, { application, view: view.view }),
      })),
  );
}

/** When a side last reported its fingerprint: since then the two are known to differ. */
function reportedAt({ control, nowMs }: ReadDeps, key: { application: string; view: string }): number {
  const times = (["offline", "online"] as const).flatMap(
    (side) => findFingerprint(control, { ...key, side })?.atMs ?? [],
  );
  return times.length === 0 ? nowMs : Math.max(...times);
}

function unregisteredReleases(
  { control, nowMs }: ReadDeps,
  { application, traffic, freshness }: OverviewFacts,
): Need[] {
  return [...traffic.counts].flatMap(([releaseId, count]): Need[] => {
    if (releaseId === null || findRelease(control, { application, releaseId }) !== undefined) return [];
    const share = shareWords(count / traffic.total);
    return [
      {
        kind: "unregistered_release",
        sentence: `${countWords(count, "request")} of the last 5 min (${share}) came from release ${releaseId}, which nobody has registered.`,
        href: links.release(application, releaseId),
        at: freshness.dataTo ?? nowMs,
      },
    ];
  });
}

function silence({ application, freshness }: OverviewFacts): Need[] {
  const stale = staleWords(freshness);
  if (stale === undefined || freshness.dataTo === null) return [];
  return [{ kind: "stale", sentence: `${stale}.`, href: links.overview(application), at: freshness.dataTo }];
}
