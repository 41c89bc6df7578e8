/** A postmortem's way from a draft to what is published, and what is still missing for that. */
import type { ActionStatus } from "./action";

export const POSTMORTEM_STATUSES = ["draft", "in_review", "published"] as const;
export type PostmortemStatus = (typeof POSTMORTEM_STATUSES)[number];

/** What was published can be taken up again: the published version stays as it was. */
const NEXT: Readonly<Record<PostmortemStatus, readonly PostmortemStatus[]>> = {
  draft: ["in_review"],
  in_review: ["draft", "published"],
  published: ["draft"],
};

/** The statuses that a postmortem may change to. */
export function nextPostmortemStatuses(from: PostmortemStatus): readonly PostmortemStatus[] {
  return NEXT[from];
}

/** As much of an action as publishing depends on. */
interface PublishableAction {
  readonly text: string;
  readonly owner: string | null;
  readonly dueOn: string | null;
  readonly status: ActionStatus;
}

/** Why it cannot be published yet, one remedy a line; empty when it can. Every open action needs an owner and a date. */
export function missingForPublication(actions: readonly PublishableAction[]): string[] {
  return actions
    .filter(({ status }) => status === "open")
    .flatMap(({ text, owner, dueOn }) => {
      const needs = [...(owner === null ? ["an owner"] : []), ...(dueOn === null ? ["a due date"] : [])];
      return needs.length === 0 ? [] : [`the action "${text}" needs ${needs.join(" and ")}`];
    });
}
