/** What going back does not undo, from what changed: said before the click, because no later screen can repair it. */
import type { ComponentChange } from "./common-view";
import { changeWords } from "@/server/domain/words/change-words";

/** By kind: what stays as the failed release left it. */
const BY_KIND: Readonly<Record<string, string>> = {
  retrieval_index: "documents re-ingested or deleted for the newer index stay so",
  embedding_model: "vectors written with the newer embedding model stay in the index until it is rebuilt",
  chunker: "documents split by the newer chunker stay split so until they are ingested again",
  judge: "scores given before and after are not comparable, and those of the failed release stay in the history",
  tool_schema: "side effects of tools that were already called, such as tickets, deployments or payments, stay",
  feature_view: "feature values materialised for the newer view stay in the online store until they are overwritten",
  guardrail: "answers that the newer guardrail let through or blocked were already given",
};

/** True of every rollback. */
const ALWAYS = [
  "Answers already given, cached or copied by users.",
  "Tickets, messages and other records that the failed release has already sent.",
];

/** First what the diff tells, then the standing list. */
export function notUndone(changes: readonly ComponentChange[]): string[] {
  const own = changes.flatMap((change) => {
    const words = BY_KIND[change.kind.split("/")[0] ?? ""];
    return words === undefined ? [] : [`${changeWords(change)}: ${words}.`];
  });
  return [...own, ...ALWAYS];
}
