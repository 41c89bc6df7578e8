/** Component changes in words, shared by sentences on every screen and in every document. */
import { describeChange } from "@/server/domain/release/manifest-diff";

/** One changed component: `from` is null when it was added, `to` when it was removed. */
interface ComponentChange {
  readonly kind: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** `feature_view releases@4 → releases@5`. */
export function changeWords({ kind, from, to }: ComponentChange): string {
  if (from === null) return describeChange({ kind, to: to ?? "" });
  return to === null ? describeChange({ kind, from }) : describeChange({ kind, from, to });
}

/** `feature_view releases@4 → releases@5`, `3 components: adapter …, judge …, prompt …`, or `nothing`. */
export function changesWords(changes: readonly ComponentChange[]): string {
  const [first] = changes;
  if (first === undefined) return "nothing";
  if (changes.length === 1) return changeWords(first);
  return `${changes.length} components: ${changes.map(changeWords).join(", ")}`;
}
