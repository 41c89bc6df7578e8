/** What a commit declares for one application: releases, aliases, the promotion policy, prompts, and what is wrong. */
import { z } from "zod";
import { AliasName, ApplicationId, PolicyName, ReleaseId } from "@/server/domain/ids";
import { Finding } from "./finding";

/** A commit's full name. */
export const CommitId = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, "must be a full commit id");

const StringMap = z.record(z.string(), z.string());

export const DeclaredRelease = z.object({
  /** `deploy-assistant@1.10`: application and file name. */
  reference: z.string().max(320),
  releaseId: ReleaseId,
  path: z.string(),
  /** Files and folders that it is made of: whoever changed one of them last is its author. */
  sources: z.array(z.string()),
  /** As written, without digests. */
  components: StringMap,
  digests: StringMap,
  fingerprints: StringMap,
  labels: StringMap,
});
export type DeclaredRelease = z.output<typeof DeclaredRelease>;

export const DeclaredAlias = z.object({
  alias: AliasName,
  environment: z.string(),
  path: z.string(),
  /** The way to the value in the manifest. */
  keys: z.array(z.string()),
  /** As written. */
  reference: z.string().max(256),
  /** Null when the reference names nothing. */
  releaseId: ReleaseId.nullable(),
});
export type DeclaredAlias = z.output<typeof DeclaredAlias>;

export const DeclaredPolicy = z.object({
  name: PolicyName,
  path: z.string(),
  document: z.record(z.string(), z.unknown()),
  /** Aliases that only a rollout under this policy moves; null: every alias. */
  guards: z.array(AliasName).nullable(),
});
export type DeclaredPolicy = z.output<typeof DeclaredPolicy>;

const DeclaredPrompt = z.object({
  reference: z.string(),
  path: z.string(),
  digest: z.string(),
  textDigest: z.string(),
});

export const DesiredState = z.object({
  application: ApplicationId,
  commit: CommitId,
  releases: z.array(DeclaredRelease).max(2000),
  aliases: z.array(DeclaredAlias).max(200),
  policy: DeclaredPolicy.nullable(),
  prompts: z.array(DeclaredPrompt).max(10_000),
  findings: z.array(Finding).max(2000),
});
export type DesiredState = z.output<typeof DesiredState>;

/** Whether a rollout must bring a release to the alias. Without a policy in git every alias is guarded. */
export function isGuarded(alias: string, policy: DeclaredPolicy | null): boolean {
  return policy === null || policy.guards === null || policy.guards.some((guarded) => guarded === alias);
}
