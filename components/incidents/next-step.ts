/** Which action an incident needs next, from what has been done. Pure. */
import type { IncidentDetail } from "@/components/data/outputs";

export type IncidentStep = "acknowledge" | "roll_back" | "reconcile" | "mitigate" | "resolve" | "review";

type Facts = Pick<IncidentDetail, "status" | "alias" | "progress" | "postmortem"> & {
  commander?: string | null | undefined;
};

/**
 * Somebody takes it; what serves the failure is rolled back; git is brought along; it is resolved; it is reviewed. An
 * incident about no alias has nothing to roll back: people say when it is mitigated.
 */
export function nextIncidentStep({ status, alias, progress, commander }: Facts): IncidentStep {
  if (status === "resolved") return "review";
  if (commander == null) return "acknowledge";
  if (status === "mitigated") {
    const git = progress?.steps.find(({ name }) => name === "git_reconciled");
    return git?.state === "failed" ? "reconcile" : "resolve";
  }
  return alias !== null && progress === null ? "roll_back" : "mitigate";
}
