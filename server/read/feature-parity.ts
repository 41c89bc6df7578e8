/** Offline against online fingerprint of a release's feature views, as known at a time. */
import { parity } from "@/server/domain/parity/fingerprint";
import { parseReference } from "@/server/domain/release/component-map";
import { findFingerprint } from "@/server/store/control/features";
import { findRelease, listProvenance } from "@/server/store/control/releases";
import type { ReadDeps } from "./deps";

/** One feature view; `equal` is null while a side is unknown, which is never equality. */
export interface ViewParity {
  view: string;
  offline: string | null;
  online: string | null;
  equal: boolean | null;
}

/** Whether a component kind is a feature view, in a slot or not. */
export function isFeatureView(kind: string): boolean {
  return kind === "feature_view" || kind.startsWith("feature_view/");
}

/**
 * Parity of every feature view of a release: those of its components and those its registrations name.
 *
 * @param online fingerprints that a request carried itself, by view: they count before what was reported.
 */
export function releaseParity(
  { control, nowMs }: ReadDeps,
  {
    application,
    releaseId,
    atMs = nowMs,
    online = {},
  }: { application: string; releaseId: string; atMs?: number; online?: Readonly<Record<string, string>> },
): ViewParity[] {
  const key = { application, releaseId };
  const declared = Object.assign({}, ...listProvenance(control, key).map((row) => row.fingerprints)) as Record<
    string,
    string
  >;
  const components = Object.entries(findRelease(control, key)?.components ?? {});
  // `releases@5` may have been reported as `releases` or under its full reference.
  const own = components.flatMap(([kind, value]) => {
    const reference = isFeatureView(kind) ? parseReference(value) : undefined;
    return reference === undefined ? [] : [reference.name, `${reference.name}@${reference.version}`];
  });
  const views = [...new Set([...own, ...Object.keys(declared), ...Object.keys(online)])].toSorted();
  const all = views.map((view) => {
    const offline = declared[view] ?? reported(control, { application, view, side: "offline", atMs });
    const serving = online[view] ?? reported(control, { application, view, side: "online", atMs });
    const equal = parity(offline, serving)?.equal ?? null;
    return { view, offline: offline ?? null, online: serving ?? null, equal };
  });
  const reportedViews = new Set(
    all.filter((one) => one.offline !== null || one.online !== null).map(({ view }) => view),
  );
  const isTold = (view: string): boolean => [...reportedViews].some((other) => other.startsWith(`${view}@`));
  const isDecided = (view: string): boolean =>
    all.some(
      (other) => other.equal !== null && (other.view.startsWith(`${view}@`) || view.startsWith(`${other.view}@`)),
    );
  return all.filter(({ view, equal }) =>
    // One side under one of its names says nothing more once both are known under the other.
    reportedViews.has(view) ? equal !== null || !isDecided(view) : !view.includes("@") && !isTold(view),
  );
}

/** The newest report not after the time; a side that first reported later is known from then on. */
function reported(
  control: ReadDeps["control"],
  key: { application: string; view: string; side: "offline" | "online"; atMs: number },
): string | undefined {
  const { atMs: _, ...everReported } = key;
  return (findFingerprint(control, key) ?? findFingerprint(control, everReported))?.fingerprint;
}

/** `feature view releases: offline ce667443, online 660645c4`: no full stop. */
export function parityBreakWords({ view, offline, online }: ViewParity): string {
  return `feature view ${view} was evaluated with fingerprint ${offline ?? "unknown"} and is served with ${online ?? "unknown"}`;
}
