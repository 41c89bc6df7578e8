/** What a part of the Compare page asks about: the page's own subject, so that all of them speak of the same requests. */
import type { Compare } from "@/components/data/outputs";

/** The rollout where there is one, else the two releases. @param range RFC 3339 times. */
export function comparisonInput(
  { application, rollout, candidate, control }: Compare,
  { from, to }: { from: string; to: string },
) {
  if (rollout !== null) return { rolloutId: rollout.id, from, to };
  return {
    application,
    candidate: candidate.releaseId,
    ...(control === null ? {} : { control: control.releaseId }),
    from,
    to,
  };
}
