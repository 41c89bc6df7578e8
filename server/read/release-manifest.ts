/** One release as a document: components, provenance, fingerprints, gates, and what became of it. */
import { policyOf } from "@/server/control/rollout-core";
import { conflict, notFound } from "@/server/domain/errors";
import { listReleaseMarks } from "@/server/store/control/aliases";
import {
  findRelease,
  findReleaseAnywhere,
  listEvaluationResults,
  listProvenance,
  type ReleaseRow,
} from "@/server/store/control/releases";
import { changesWords } from "@/server/domain/words/change-words";
import type { ReadDeps } from "./deps";
import { knownGoodOf } from "./known-good-of";
import { changesBetween, releaseRefs, type ReleaseRefs } from "./release-ref";
import { standings, type Standing } from "./release-state";
import type { ReleaseManifestView } from "./release-view";
import { readGates } from "./request-gates";
import { summariseRollout } from "./rollout-summary";
import { withoutStop } from "@/server/domain/words/sentence";
import { clockWords } from "@/server/domain/words/time-words";

/**
 * @throws DomainError `not_found`; `conflict` when several applications registered the same components and none is named.
 */
export function readRelease(
  deps: ReadDeps,
  { releaseId, application }: { releaseId: string; application?: string },
): ReleaseManifestView {
  const row = requireOne(deps, { releaseId, application });
  const { control } = deps;
  const key = { application: row.application, releaseId };
  const refs = releaseRefs(control, row.application);
  const standing = standings(deps, row.application)(releaseId);
  const records = listProvenance(control, key);
  const changesFromKnownGood = fromKnownGood(deps, { row, refs, standing });
  const bad = badMark(deps, row);
  return {
    releaseId,
    digest: row.digest,
    application: row.application,
    components: row.components,
    digests: row.digests,
    createdAt: row.createdAtMs,
    provenance: records.map(({ registeredAtMs, registeredBy, gitCommit, author, pipelineUrl, labels }) => ({
      registeredAt: registeredAtMs,
      registeredBy,
      gitCommit,
      author,
      pipelineUrl,
      labels,
    })),
    fingerprints: Object.fromEntries(records.flatMap(({ fingerprints }) => Object.entries(fingerprints))),
    aliases: standing.aliases,
    state: standing.state,
    sentence: manifestSentence({ releaseId, standing, bad, changesFromKnownGood, nowMs: deps.nowMs }),
    gates: listEvaluationResults(control, key).map(({ suite, atMs, results }) => ({ suite, at: atMs, results })),
    gateChecks: gateChecks(deps, { row, standing, knownGoodId: changesFromKnownGood?.knownGood.releaseId ?? null }),
    rollouts: standing.rollouts.map((rollout) => summariseRollout(deps, rollout, refs)),
    bad,
    changesFromKnownGood,
  };
}

/** Against what it was rolled out beside, under the policy that let it in or not. */
function gateChecks(
  deps: ReadDeps,
  { row, standing, knownGoodId }: { row: ReleaseRow; standing: Standing; knownGoodId: string | null },
): ReleaseManifestView["gateChecks"] {
  const [rollout] = standing.rollouts;
  return readGates(deps, {
    application: row.application,
    releaseId: row.id,
    baselineId: rollout?.controlId ?? knownGoodId,
    policy: rollout === undefined ? undefined : policyOf(deps.control, rollout),
  });
}

function requireOne(
  { control }: ReadDeps,
  { releaseId, application }: { releaseId: string; application: string | undefined },
): ReleaseRow {
  if (application !== undefined) {
    const row = findRelease(control, { application, releaseId });
    if (row === undefined) throw notFound(`release of ${application}`, releaseId);
    return row;
  }
  const [row, ...more] = findReleaseAnywhere(control, releaseId);
  if (row === undefined) throw notFound("release", releaseId);
  if (more.length > 0) {
    const names = [row, ...more].map((one) => one.application).join(", ");
    throw conflict(`release ${releaseId} is registered in ${names}: say which with application`);
  }
  return row;
}

/** The newest mark that stands, of any alias. */
function badMark({ control }: ReadDeps, { application, id }: ReleaseRow): ReleaseManifestView["bad"] {
  const marks = listReleaseMarks(control, { application, releaseId: id });
  const newest = new Map(marks.map((mark) => [mark.alias, mark]));
  const bad = [...newest.values()].filter(({ mark }) => mark === "bad").toSorted((a, b) => b.atMs - a.atMs)[0];
  return bad === undefined ? null : { at: bad.atMs, reason: bad.reason, incidentId: bad.incidentId };
}

/** Against known good of the alias it serves or was rolled out to, `production` before others. */
function fromKnownGood(
  deps: ReadDeps,
  { row, refs, standing }: { row: ReleaseRow; refs: ReleaseRefs; standing: Standing },
): ReleaseManifestView["changesFromKnownGood"] {
  const { application, id } = row;
  const alias = standing.aliases.find((name) => name === "production") ?? standing.aliases[0];
  const toAlias = alias ?? standing.rollouts[0]?.alias ?? "production";
  const goodId = knownGoodOf(deps, { application, alias: toAlias, current: id });
  if (goodId === undefined) return null;
  const changes = changesBetween(deps.control, { application, fromId: goodId, toId: id });
  return changes === null ? null : { knownGood: refs(goodId), changes };
}

function manifestSentence(given: {
  releaseId: string;
  standing: Standing;
  bad: ReleaseManifestView["bad"];
  changesFromKnownGood: ReleaseManifestView["changesFromKnownGood"];
  nowMs: number;
}): string {
  const { releaseId, standing, bad, changesFromKnownGood, nowMs } = given;
  const marked =
    bad === null ? "" : `; a rollback marked it bad at ${clockWords(bad.at, nowMs)}: ${withoutStop(bad.reason)}`;
  const differs =
    changesFromKnownGood === null
      ? ""
      : `; it differs from the last known good ${changesFromKnownGood.knownGood.releaseId} in ${changesWords(changesFromKnownGood.changes)}`;
  return `Release ${releaseId} ${standingWords(standing)}${marked}${differs}.`;
}

function standingWords({ state, aliases, rollouts }: Standing): string {
  const alias = rollouts[0]?.alias ?? "an alias";
  switch (state) {
    case "serving":
      return `serves ${aliases.join(" and ")}`;
    case "in_flight":
      return `is on its way to ${alias}`;
    case "rolled_back":
      return "was rolled back";
    case "rejected":
      return `was rejected for ${alias}`;
    case "promoted":
      return `was promoted to ${alias} and serves no alias now`;
    case "registered":
      return "is registered and serves no alias";
  }
}
