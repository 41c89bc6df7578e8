/** The commit that sets one alias in its manifest to what runs, on top of a given commit. Pushes nothing. */
import type { DeclaredAlias } from "@/server/domain/gitops/desired-state";
import { commitMessage, type AliasRevert } from "@/server/domain/gitops/write-back";
import { editAlias } from "./edit-alias";
import type { Mirror, Person } from "./mirror";

/** Everything about one write-back that does not change while it is tried. */
export interface Revert {
  readonly revert: AliasRevert;
  readonly declared: DeclaredAlias;
  /** What the manifest is to say. */
  readonly reference: string;
  readonly author: Person & { readonly atMs: number };
  readonly nowMs: number;
}

const COMMITTER: Person = { name: "switchback", email: "noreply@switchback.invalid" };

/** The new commit, the parent itself where it says so already, or why a person must write it. */
export async function commitRevert(
  mirror: Mirror,
  { parent, work }: { parent: string; work: Revert },
): Promise<{ commit: string } | { problem: string }> {
  const { revert, declared, reference, author, nowMs } = work;
  const { path, keys } = declared;
  const [entry] = await mirror.listFiles(parent, [path]);
  const content = entry === undefined ? undefined : (await mirror.readBlobs([entry.blob])).get(entry.blob);
  if (entry === undefined || content === undefined) return { problem: `${path} is not there any more` };
  const text = content.toString("utf8");
  if (!Buffer.from(text).equals(content)) return { problem: `${path} is not UTF-8: edit it by hand` };
  const edit = editAlias(text, { keys, value: reference });
  if ("problem" in edit) return { problem: `${path}: ${edit.problem}` };
  if (edit.content === text) return { commit: parent };
  const commit = await mirror.commit({
    parent,
    path,
    mode: entry.mode,
    content: Buffer.from(edit.content),
    message: commitMessage(revert),
    author,
    committer: { ...COMMITTER, atMs: nowMs },
  });
  return { commit };
}
