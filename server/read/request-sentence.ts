/** A request in a few plain sentences: what served it, what had changed, what went wrong, what was not as evaluated. */
import { listLiveRollouts } from "@/server/store/control/rollouts";
import { findRelease } from "@/server/store/control/releases";
import type { StoredRequest } from "@/server/store/stored-request";
import { changesWords } from "@/server/domain/words/change-words";
import type { ReadDeps } from "./deps";
import { parityBreakWords, type ViewParity } from "./feature-parity";
import { percentageThen, type RequestOrigin } from "./request-origin";
import { segmentsOf, segmentWords } from "./request-segment";
import { symptomsOf } from "./request-symptom";
import type { RequestTraceView } from "./request-trace-view";
import { capitalised } from "@/server/domain/words/sentence";
import { clockWords } from "@/server/domain/words/time-words";

interface Traced {
  readonly request: StoredRequest;
  readonly origin: RequestOrigin;
  readonly changed: RequestTraceView["changedSinceKnownGood"];
  readonly parity: readonly ViewParity[];
}

/** Read out on a call, it must make sense without the page. */
export function traceSentence(deps: ReadDeps, traced: Traced): string {
  const { request, parity } = traced;
  const where = segmentsOf(deps, request).map(segmentWords).join(", ");
  const when = `${where === "" ? "" : ` in ${where}`} at ${clockWords(request.timeMs, deps.nowMs)}`;
  const broken = parity.filter(({ equal }) => equal === false).map((one) => `${capitalised(parityBreakWords(one))}.`);
  return [`${servedWords(deps, traced)}${when}${differsWords(deps, traced)}.`, ...failedWords(request), ...broken].join(
    " ",
  );
}

function servedWords(deps: ReadDeps, { request, origin }: Traced): string {
  const { releaseId, track, shadowOf } = request;
  if (releaseId === null) return `Served by an unknown release: ${candidatesWords(deps, { request, origin })}`;
  if (track === "shadow") {
    return `Answered by ${releaseId} as a shadow${shadowOf === null ? "" : ` of ${shadowOf}`}, seen by no user,`;
  }
  return `Served by ${releaseId} (${trackWords(deps, { request, origin })})`;
}

function trackWords(deps: ReadDeps, { request, origin }: Pick<Traced, "request" | "origin">): string {
  const { alias, rollout } = origin;
  const on = alias === undefined ? "" : ` on ${alias}`;
  if (request.track !== "canary") return alias ?? request.track;
  const percentage =
    rollout === undefined ? undefined : percentageThen(deps.control, { rollout, atMs: request.timeMs });
  return percentage === undefined ? `canary${on}` : `${percentage} % canary${on}`;
}

/** What it can have been, by the ledger and the live rollouts. */
function candidatesWords({ control }: ReadDeps, { request, origin }: Pick<Traced, "request" | "origin">): string {
  const { application, timeMs } = request;
  const pointed = origin.move === undefined ? [] : [`${origin.move.alias} pointed at ${origin.move.toReleaseId}`];
  const live = listLiveRollouts(control, application)
    .filter((row) => row.startedAtMs <= timeMs)
    .map((row) => `${row.candidateId} was a candidate for ${row.alias}`);
  const known = [...pointed, ...live];
  return `the gateway sent no release id${known.length === 0 ? "" : ` (${known.join(", ")})`},`;
}

function differsWords({ control }: ReadDeps, { request, changed }: Traced): string {
  const { application, releaseId } = request;
  if (releaseId === null) return "";
  if (findRelease(control, { application, releaseId }) === undefined) return "; nobody has registered this release";
  if (changed === null) return "; nothing was known good before it to compare with";
  const { changes, knownGood } = changed;
  const only = changes.length === 1 ? "only " : "";
  return `; it differs from the last known good ${knownGood.releaseId} ${only}in ${changesWords(changes)}`;
}

function failedWords(request: StoredRequest): string[] {
  const said = symptomsOf(request).map(({ event, words }) =>
    event === "error" && request.errorType !== null ? `failed with ${request.errorType}` : words,
  );
  return said.length === 0 ? [] : [`It ${said.join(", ")}.`];
}
