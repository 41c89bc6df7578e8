/** The Overview: what serves now, what needs a person, what the canary says, and one sentence for all of it. */
import { DomainError, notFound } from "@/server/domain/errors";
import { findApplication } from "@/server/store/control/applications";
import { findNewestMove, listAliases, listAliasMoves, type AliasRow } from "@/server/store/control/aliases";
import { listGitAliases, type GitAliasRow } from "@/server/store/control/gitops";
import { listReleases } from "@/server/store/control/releases";
import { listLiveRollouts, listRolloutsOfAlias } from "@/server/store/control/rollouts";
import { policyOf } from "@/server/control/rollout-core";
import type { Policy } from "@/server/domain/policy/policy";
import { actorOf } from "./actor";
import { aliasMoveView } from "./alias-move-view";
import { fillingEnd } from "./bucket";
import type { ReadDeps } from "./deps";
import { readFreshness } from "./freshness";
import { knownGoodOf } from "./known-good-of";
import { readDelivery } from "./overview-delivery";
import { unresolvedIncidents, whatNeedsAPerson, type OverviewFacts } from "./overview-needs";
import { overviewSentence } from "./overview-sentence";
import { readSparklines } from "./overview-sparklines";
import type { OverviewView } from "./overview-view";
import { releaseRefs, type ReleaseRefs } from "./release-ref";
import { rolloutGates } from "./rollout-gates";
import { loadRollout, summaryOf } from "./rollout-summary";
import { observedTraffic, shareOf, type ObservedTraffic } from "./traffic-share";

/** "Now" for traffic shares. */
const NOW_MS = 300_000;
const DAY_MS = 86_400_000;
const MOVES = 10;

/**
 * Everything the first page shows about one application.
 *
 * @throws DomainError `not_found` for an application that was never registered and never sent anything.
 */
export function readOverview(deps: ReadDeps, { application }: { application: string }): OverviewView {
  const { control, telemetry, nowMs } = deps;
  const registered = findApplication(control, application);
  if (registered === undefined && !telemetry.applications().includes(application)) {
    throw notFound("application", application);
  }
  const aliases = listAliases(control, application);
  const facts: OverviewFacts = {
    application,
    aliases,
    rollouts: listLiveRollouts(control, application).map((row) => loadRollout(deps, row)),
    incidents: unresolvedIncidents(deps, application),
    traffic: observedTraffic(deps, { application, lengthMs: NOW_MS }),
    freshness: readFreshness(deps, application),
  };
  const refs = releaseRefs(control, application);
  const git = new Map(listGitAliases(control, application).map((row) => [row.alias, row]));
  const needsAPerson = whatNeedsAPerson(deps, facts);
  const rollouts = facts.rollouts.map((loaded) => ({
    rollout: summaryOf(deps, loaded, refs),
    observedShare: shareOf(facts.traffic, loaded.row.candidateId),
    gates: rolloutGates(loaded, facts.freshness),
  }));
  const hasRelease = listReleases(control, { application, limit: 1 }).items.length > 0;
  const empty = { registered: hasRelease, aliased: aliases.length > 0, telemetry: facts.freshness.state !== "none" };
  const main = mainAlias(aliases);
  const dayEndMs = fillingEnd(nowMs);
  return {
    application: { id: application, displayName: registered?.displayName ?? application },
    freshness: facts.freshness,
    ...overviewSentence(facts, { main, needsAPerson, rollouts: rollouts.map(({ rollout }) => rollout), empty, nowMs }),
    aliases: aliases.map((row) => aliasNow(deps, row, { refs, traffic: facts.traffic, git })),
    needsAPerson,
    rollouts,
    sparklines:
      main === undefined
        ? []
        : readSparklines(deps, { application, releaseId: main.releaseId, policy: watchingPolicy(deps, main) }),
    moves: listAliasMoves(control, { application, limit: MOVES }).items.map(aliasMoveView),
    delivery: readDelivery(deps, application),
    unattributedShare: telemetry.unattributedShare({ application, fromMs: dayEndMs - DAY_MS, toMs: dayEndMs }),
    empty,
  };
}

/** The alias that users are served by: `production` where there is one. */
function mainAlias(aliases: readonly AliasRow[]): AliasRow | undefined {
  return aliases.find(({ alias }) => alias === "production") ?? aliases[0];
}

function aliasNow(
  deps: ReadDeps,
  row: AliasRow,
  { refs, traffic, git }: { refs: ReleaseRefs; traffic: ObservedTraffic; git: ReadonlyMap<string, GitAliasRow> },
): OverviewView["aliases"][number] {
  const { application, alias } = row;
  const move = findNewestMove(deps.control, { application, alias });
  if (move === undefined) throw new DomainError("unavailable", `alias ${alias} of ${application} has no ledger row`);
  return {
    alias,
    release: refs(row.releaseId),
    revision: row.revision,
    since: row.changedAtMs,
    by: actorOf(move),
    cause: row.cause,
    observedShare: shareOf(traffic, row.releaseId),
    observedCount: traffic.total,
    knownGoodReleaseId: knownGoodOf(deps, { application, alias, current: row.releaseId }) ?? null,
    git: git.get(alias)?.state ?? null,
  };
}

/** The policy of the alias' newest rollout: its limits are what the sparklines are drawn against. */
function watchingPolicy({ control }: ReadDeps, { application, alias }: AliasRow): Policy | undefined {
  const newest = listRolloutsOfAlias(control, { application, alias }).at(-1);
  return newest === undefined ? undefined : policyOf(control, newest);
}
