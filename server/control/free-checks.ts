/** The checks that cost nothing and come first: what can be known about a candidate before it is evaluated or served. */
import type { GateCheck } from "@/server/domain/gate/gate-check";
import { quarantineWords } from "@/server/domain/gitops/plan";
import { kindOf, parseReference } from "@/server/domain/release/component-map";
import { diffComponents, describeChange } from "@/server/domain/release/manifest-diff";
import { findAlias, findBadMark } from "@/server/store/control/aliases";
import { listKnownVersions, OWN_REGISTRY } from "@/server/store/control/components";
import type { ControlReader } from "@/server/store/control/database";
import { findFeatureSet, findFeatureView } from "@/server/store/control/features";
import { findRelease, listPinnedReferences, type ReleaseRow } from "@/server/store/control/releases";
import { parityOf, viewsOf, type ViewParity } from "./gate-core";
import { findKnownGood } from "./known-good";
import { findQuarantine } from "./quarantine";

interface FreeInput {
  release: ReleaseRow;
  alias: string;
  baselineId: string | undefined;
  /** The policy that is asked and how many gates it has; undefined where the caller gave the limits. */
  asked: { policy: string; gates: number } | undefined;
}

/** In the order in which people would look; each says what it saw. */
export function freeChecks(db: ControlReader, input: FreeInput): GateCheck[] {
  const { release, baselineId } = input;
  const baseline =
    baselineId === undefined ? undefined : findRelease(db, { application: release.application, releaseId: baselineId });
  const parities = parityOf(db, release);
  return [
    ...(baseline === undefined ? [] : [manifestCheck(baseline, release)]),
    completeCheck(release, parities),
    componentsCheck(db, release),
    digestsCheck(db, release),
    ...(input.asked === undefined ? [] : [policyCheck(input.asked)]),
    ...parities.flatMap((view) => [parityCheck(db, release, view), ...pointInTimeChecks(db, release, view)]),
    quarantineCheck(db, input),
    rollbackTargetCheck(db, input),
  ];
}

function manifestCheck(baseline: ReleaseRow, release: ReleaseRow): GateCheck {
  const { added, removed, changed } = diffComponents(baseline.components, release.components);
  const changes = [...added, ...removed, ...changed];
  const message =
    changes.length === 0
      ? `${release.id} is the baseline itself: there is nothing to promote`
      : changes.map(describeChange).join("; ");
  return { tier: "free", name: "manifest", passed: changes.length > 0, observed: changes.length, limit: null, message };
}

/** A fingerprint of a view that is no component: a change of its transformation would be no new release. */
function completeCheck(release: ReleaseRow, parities: readonly ViewParity[]): GateCheck {
  const own = new Set(viewsOf(release).flatMap(({ name, reference }) => [name, reference]));
  const missing = parities.map(({ view }) => view).filter((view) => !own.has(view));
  const count = Object.keys(release.components).length;
  const message =
    missing.length === 0
      ? `${count} components, every fingerprinted view among them`
      : `feature view ${missing.join(", ")} was fingerprinted but is no component of the release: register it as one`;
  return free("complete", { broken: missing.length, message });
}

/**
 * Only where a registry is known to hold a component's name can a version be missing from it; what pipelines register
 * here need not be every version.
 */
function componentsCheck(db: ControlReader, { application, components }: ReleaseRow): GateCheck {
  const missing: string[] = [];
  let found = 0;
  for (const [slot, value] of Object.entries(components)) {
    const reference = parseReference(value);
    const kind = kindOf(slot);
    const known = reference === undefined ? [] : listKnownVersions(db, { application, kind, name: reference.name });
    if (reference === undefined || known.length === 0) continue;
    const same = known.find(({ version }) => version === reference.version);
    if (same === undefined) {
      const listed = known.filter(({ registry }) => registry !== OWN_REGISTRY).map(({ version }) => version);
      if (listed.length === 0) continue;
      missing.push(`${kind} ${reference.name}@${reference.version} (it knows ${listed.join(", ")})`);
    } else if (same.digest !== null && reference.digest !== undefined && same.digest !== reference.digest) {
      missing.push(
        `${kind} ${reference.name}@${reference.version} with digest ${reference.digest} (it holds ${same.digest})`,
      );
    } else found += 1;
  }
  const message =
    missing.length === 0
      ? `${found} of ${Object.keys(components).length} components are in a registry; it contradicts none`
      : `a registry does not hold ${missing.join("; ")}`;
  return free("components", { broken: missing.length, message });
}

/** `name@version` with other content than before is not the version that was tested. */
function digestsCheck(db: ControlReader, { application, components }: ReleaseRow): GateCheck {
  let pinned = 0;
  const other = Object.entries(components).flatMap(([kind, value]) => {
    const reference = parseReference(value);
    if (reference?.digest === undefined) return [];
    pinned += 1;
    const plain = `${reference.name}@${reference.version}`;
    const clash = listPinnedReferences(db, { application, reference: plain }).find((row) => row.reference !== value);
    return clash === undefined ? [] : [`${kind} ${plain} had another digest in release ${clash.releaseId}`];
  });
  const message =
    other.length === 0
      ? `${pinned} of ${Object.keys(components).length} components carry a digest; none contradicts an earlier release`
      : `${other.join("; ")}: raise the version`;
  return free("digests", { broken: other.length, message });
}

/** A policy that asks nothing proves nothing. */
function policyCheck({ policy, gates }: { policy: string; gates: number }): GateCheck {
  if (gates > 0) return free("policy", { broken: 0, message: `${gates} gates to pass (policy ${policy})` });
  const message = `policy ${policy} has no gates, no limits were given, and there is no quality to compare`;
  return { tier: "free", name: "policy", passed: false, observed: null, limit: null, message };
}

function parityCheck(db: ControlReader, { application }: ReleaseRow, given: ViewParity): GateCheck {
  const { view, offline, online, equal } = given;
  const check = { tier: "free", name: `parity/${view}`, limit: 1 } as const;
  if (equal !== null) {
    const message = equal
      ? `${view}: offline and online fingerprint are ${online ?? ""}`
      : `${view}: offline ${offline ?? ""}, online ${online ?? ""}: what was evaluated is not what is served`;
    return { ...check, passed: equal, observed: equal ? 1 : 0, message };
  }
  if (offline === null && online === null && findFeatureView(db, { application, view }) === undefined) {
    const message = `${view}: not checked, neither side has ever reported a fingerprint; register the view to require it`;
    return { ...check, passed: true, observed: null, message };
  }
  const silent = offline === null ? (online === null ? "neither side has" : "offline has not") : "online has not";
  return { ...check, passed: false, observed: null, message: `${view}: ${silent} reported a fingerprint` };
}

/** An evaluation that saw values from after its events proves nothing; said only where its values were handed in. */
function pointInTimeChecks(db: ControlReader, { application }: ReleaseRow, { view }: ViewParity): GateCheck[] {
  const set = findFeatureSet(db, { application, view });
  if (set === undefined) return [];
  const message =
    set.leakCount === 0
      ? `${view}: no value of suite ${set.suite} is from after its event (${set.rowCount} rows)`
      : `${view}: ${set.leakCount} values of suite ${set.suite} are from after the event they were evaluated at`;
  return [free(`point_in_time/${view}`, { broken: set.leakCount, message })];
}

function quarantineCheck(db: ControlReader, { release, alias }: FreeInput): GateCheck {
  const held = findQuarantine(db, { application: release.application, alias, releaseId: release.id });
  const message =
    held === undefined ? `neither a rollback nor break-glass took ${release.id} from ${alias}` : quarantineWords(held);
  return free("quarantine", { broken: held === undefined ? 0 : 1, message });
}

/** What a rollback of the candidate would go back to. */
function rollbackTargetCheck(db: ControlReader, { release, alias }: FreeInput): GateCheck {
  const key = { application: release.application, alias };
  const serving = findAlias(db, key)?.releaseId;
  const name = "rollback_target";
  if (serving === undefined) {
    return free(name, {
      broken: 0,
      message: `${alias} serves nothing yet: its first release has nothing to go back to`,
    });
  }
  const target =
    serving !== release.id && findBadMark(db, { ...key, releaseId: serving }) === undefined
      ? serving
      : findKnownGood(db, { ...key, current: release.id });
  if (target !== undefined) return free(name, { broken: 0, message: `a rollback would restore ${target}` });
  return free(name, { broken: 1, message: `${alias} has no known good release that a rollback could restore` });
}

/** `observed` counts what is broken, against a limit of none. */
function free(name: string, { broken, message }: { broken: number; message: string }): GateCheck {
  return { tier: "free", name, passed: broken === 0, observed: broken, limit: 0, message };
}
