/** How an alias stands to git, in the few words that the top bar and cards have room for. */
import type { Overview } from "@/components/data/outputs";

type GitState = NonNullable<Overview["aliases"][number]["git"]>;

const WORDS: Readonly<Record<GitState, string>> = {
  in_sync: "in sync",
  ahead_of_git: "not what git declares",
  behind_git: "waits to be applied",
  unknown_release: "declares an unknown release",
  git_unreachable: "unreachable",
};

/** `in sync`, `unreachable`, … */
export function gitWords(state: GitState): string {
  return WORDS[state];
}
