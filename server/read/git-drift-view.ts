/** Git against what runs: the drift page, and what pipelines and other controllers read of it. */
import { z } from "zod";
import { DRIFT_STATES } from "@/server/domain/gitops/drift-state";
import { Finding } from "@/server/domain/gitops/finding";
import { Plan } from "@/server/domain/gitops/plan";
import { GitRepository } from "@/server/domain/gitops/repository";
import { WRITE_BACK_STATUSES } from "@/server/domain/gitops/write-back";
import { Time } from "@/server/domain/time";
import { ALIAS_MOVE_CAUSES, ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { AliasMove, ReleaseRef } from "./common-view";

export const WriteBackView = z.object({
  alias: z.string(),
  status: z.enum(WRITE_BACK_STATUSES),
  message: z.string(),
  fromReleaseId: z.string(),
  toReleaseId: z.string(),
  incidentId: z.string().nullable(),
  /** The audit entry that it answers. */
  auditSeq: z.number().int(),
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  url: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type WriteBackView = z.input<typeof WriteBackView>;

/** One alias: what git declares, what the ledger says runs, what telemetry sees serve. Each with its own time. */
const AliasDriftView = z.object({
  alias: z.string(),
  environment: z.string(),
  state: z.enum(DRIFT_STATES),
  /** Git declares a release that was taken out in an emergency: applying it is refused. */
  latched: z.boolean(),
  since: Time,
  /** One sentence a person could read out on a call. */
  sentence: z.string(),
  desired: z.object({
    reference: z.string(),
    release: ReleaseRef.nullable(),
    path: z.string(),
    commit: z.string(),
    /** When this declaration was first seen. */
    since: Time,
  }),
  running: z
    .object({ release: ReleaseRef, since: Time, revision: z.number().int(), move: AliasMove.nullable() })
    .nullable(),
  /** Shares of the last 5 minutes, largest first; empty without traffic. */
  observed: z.array(z.object({ releaseId: z.string().nullable(), share: z.number(), count: z.number().int() })),
  rollout: z.object({ id: z.string(), candidateId: z.string(), state: z.enum(ROLLOUT_STATES) }).nullable(),
  /** What keeps the declared release away. */
  quarantine: z
    .object({
      cause: z.enum(ALIAS_MOVE_CAUSES),
      reason: z.string(),
      incidentId: z.string().nullable(),
      since: Time,
      /** What ends it. */
      ends: z.string(),
    })
    .nullable(),
  /** What a write-back changes in the manifest; null where git need not follow. */
  patch: z.object({ path: z.string(), from: z.string(), to: z.string() }).nullable(),
  writeBack: WriteBackView.nullable(),
});

export const GitDriftView = z.object({
  application: z.string(),
  sentence: z.string(),
  /** The server's clock when it answered. */
  asOf: Time,
  /** Settings; null where no repository is connected. Secrets are named, never shown. */
  repository: GitRepository.nullable(),
  git: z
    .object({
      state: z.enum(["reached", "unreachable", "never_asked"]),
      checkedAt: Time.nullable(),
      reachedAt: Time.nullable(),
      error: z.string().nullable(),
      failingSince: Time.nullable(),
      head: z.object({ commit: z.string(), author: z.string(), committedAt: Time, seenAt: Time }).nullable(),
      applied: z.object({ commit: z.string(), at: Time }).nullable(),
    })
    .nullable(),
  /** Those that need a person first. */
  aliases: z.array(AliasDriftView),
  /** What applying the head as it was last read would do now; null before it was read. */
  plan: Plan.nullable(),
  /** Releases that may not come back to an alias until a person says so, the newest first. */
  quarantines: z.array(
    z.object({
      alias: z.string(),
      release: ReleaseRef,
      cause: z.enum(ALIAS_MOVE_CAUSES),
      reason: z.string(),
      incidentId: z.string().nullable(),
      since: Time,
    }),
  ),
  /** What is wrong in the head's files. */
  findings: z.array(Finding),
  releases: z.array(z.object({ reference: z.string(), releaseId: z.string(), registered: z.boolean() })),
  /** Newest first. */
  writeBacks: z.array(WriteBackView),
  /** Changes that git has not been told of yet. */
  undelivered: z
    .object({
      waiting: z.number().int(),
      oldestAt: Time,
      attempts: z.number().int(),
      error: z.string().nullable(),
      nextAttemptAt: Time,
    })
    .nullable(),
  /** Changes that no further attempt is made for. */
  givenUp: z.array(z.object({ outboxId: z.number().int(), error: z.string(), at: Time })),
});
export type GitDriftView = z.input<typeof GitDriftView>;
