/** Reads what a commit of a person's or a pipeline's own checkout declares: for plans before a push. */
import { resolve } from "node:path";
import { notFound } from "@/server/domain/errors";
import type { DesiredState } from "@/server/domain/gitops/desired-state";
import { createCommitReader } from "./read-commit";
import { readDesired, readOrigins, type Layout, type Origins } from "./read-desired";

/**
 * @throws GitFailure when the directory is no checkout; DomainError `not_found` for an unknown revision.
 */
export async function readCheckout(checkout: {
  directory: string;
  commit: string;
  layout: Layout;
  environment: NodeJS.ProcessEnv;
}): Promise<{ desired: DesiredState; originsOf: (releaseIds: readonly string[]) => Promise<Origins> }> {
  const { directory, commit, layout, environment } = checkout;
  // Nothing is fetched: no protocol is needed.
  const reader = createCommitReader({ environment, protocols: [] }, resolve(directory));
  const found = await reader.resolve(commit);
  if (found === undefined) throw notFound(`commit in ${directory}:`, commit);
  const desired = await readDesired(reader, { commit: found, layout });
  return { desired, originsOf: (releaseIds) => readOrigins(reader, desired, releaseIds) };
}
