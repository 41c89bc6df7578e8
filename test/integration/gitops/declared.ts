/** What files in a repository declare. */
import type { DesiredState } from "@/server/domain/gitops/desired-state";
import { GitRepository } from "@/server/domain/gitops/repository";
import { readCheckout } from "@/server/integrations/git/checkout";
import { newRemote } from "./remote";

/** Of git, as the product runs it. */
export const ENVIRONMENT = { PATH: process.env["PATH"], NODE_ENV: "test" } as const;

/** What a commit of these files declares. */
export async function read(clone: string, settings: object = {}): Promise<DesiredState> {
  const layout = GitRepository.parse({ application: "deploy-assistant", remote: "/x", ...settings });
  return (await readCheckout({ directory: clone, commit: "HEAD", layout, environment: ENVIRONMENT })).desired;
}

/** What these files declare when they are all there is. */
export async function declared(files: Record<string, string>, settings: object = {}): Promise<DesiredState> {
  const remote = newRemote();
  remote.push(files);
  return read(remote.clone, settings);
}

/** `error release_unknown` and the like. */
export const codes = ({ findings }: DesiredState): string[] =>
  findings.map(({ severity, code }) => `${severity} ${code}`);
