/** The Parity page's first sentence: what is broken, named, or that nothing is. */
import { countWords } from "@/server/domain/words/count-words";
import { lengthWords } from "@/server/domain/words/time-words";
import type { FeaturesView, FeatureViewItem } from "./features-view";

/** The worst comes first; of several of a kind the first is named. */
export function featuresSentence(
  items: readonly FeatureViewItem[],
  nowMs: number,
): Pick<FeaturesView, "sentence" | "tone"> {
  const broken = items.filter(({ parity }) => parity.equal === false);
  const [first] = broken;
  if (first !== undefined) {
    const isServed = broken.some(({ releases }) => releases.some(({ aliases }) => aliases.length > 0));
    const sentence = brokenWords(first, { others: broken.length - 1, nowMs });
    return { tone: isServed ? "breach" : "review", sentence };
  }
  const leaky = items.find(({ evaluationSet }) => (evaluationSet?.leaks ?? 0) > 0);
  if (leaky !== undefined) return { tone: "breach", sentence: leakWords(leaky) };
  const moved = items.find(({ drift }) => drift.some(hasDrifted));
  if (moved !== undefined) return { tone: "review", sentence: driftWords(moved) };
  if (items.length === 0) {
    return { tone: "neutral", sentence: "No feature view was registered, fingerprinted or served so far." };
  }
  const equal = items.filter(({ parity }) => parity.equal === true).length;
  const unknown = items.length - equal;
  const rest = unknown === 0 ? "" : ` Of ${countWords(unknown, "view")} a side has not reported.`;
  return {
    tone: equal === 0 ? "neutral" : "ok",
    sentence: `${countWords(equal, "feature view")} of ${items.length} computed alike offline and online.${rest}`,
  };
}

/** Whether live values are far from the evaluated ones, or the candidate's from the control's. */
export function hasDrifted({ control, candidate, candidateVsControl }: FeatureViewItem["drift"][number]): boolean {
  return [control, candidate, candidateVsControl].some((stability) => stability?.verdict === "drift");
}

function brokenWords(
  { view, parity, releases }: FeatureViewItem,
  { others, nowMs }: { others: number; nowMs: number },
): string {
  const [difference] = parity.differences;
  const why =
    difference === undefined
      ? `fingerprint ${parity.offline ?? ""} offline, ${parity.online ?? ""} online`
      : `${difference.setting} is ${difference.offline} offline and ${difference.online} online`;
  const age = parity.since === null ? "" : ` for ${lengthWords(nowMs - Number(parity.since))}`;
  const aliases = releases.flatMap((release) => release.aliases);
  const serving = aliases.length === 0 ? "no alias serves it" : `${aliases.join(" and ")} serves it`;
  const more = others === 0 ? "" : ` ${countWords(others, "other view")} also differ.`;
  return `Feature view ${view} is served otherwise than it was evaluated${age}: ${why}; ${serving}.${more}`;
}

function leakWords({ view, evaluationSet }: FeatureViewItem): string {
  const { leaks = 0, suite = "" } = evaluationSet ?? {};
  return `The evaluation of feature view ${view} saw the future: ${countWords(leaks, "value")} of suite ${suite} are from after their event.`;
}

function driftWords({ view, drift }: FeatureViewItem): string {
  const far = drift.filter(hasDrifted);
  const feature = far[0]?.feature ?? "";
  const segment = far[0]?.segment ?? null;
  const where = segment === null ? "" : ` in ${segment}`;
  const more = far.length > 1 ? `, and in ${far.length - 1} more places` : "";
  return `Live values of ${view}/${feature} are far from those evaluated${where}${more}.`;
}
