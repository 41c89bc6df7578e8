/** The verbs about the git repository, as `verb-table.ts` has the others. */
import { applyPlan } from "@/server/control/apply-plan";
import { openIncident } from "@/server/control/open-incident";
import { putGitRepository, removeGitRepository } from "@/server/control/put-git-repository";
import { reconcileGit } from "@/server/control/reconcile-git";
import { recordGitState } from "@/server/control/record-git-state";
import { recordWriteBack } from "@/server/control/record-write-back";
import { releaseQuarantine } from "@/server/control/release-quarantine";
import { rollback } from "@/server/control/rollback";
import type { DesiredState } from "@/server/domain/gitops/desired-state";
import { ReleaseId } from "@/server/domain/ids";
import { admin, ci, gateway, manager, onCall, reader, viewer } from "./actors";
import { APP, CONTROLLER, ON_PRODUCTION, T0, type World } from "./fixtures";
import type { VerbCase } from "./verb-table";

const reason = "because of the test";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What git declares: production on release 1. */
function desired(world: World): DesiredState {
  const { alias } = ON_PRODUCTION;
  const releaseId = ReleaseId.parse(world.release(1));
  const where = { environment: "production", path: "aliases.yaml", keys: ["aliases", alias], reference: releaseId };
  const aliases = [{ alias, releaseId, ...where }];
  return { application: APP, commit: COMMIT, releases: [], aliases, policy: null, prompts: [], findings: [] };
}

const connect = (world: World): unknown =>
  putGitRepository(world.as(admin), { application: APP, remote: "https://git.example/acme/prompts.git" });

/** Git has been seen to declare release 1, which serves. */
function seen(world: World): void {
  connect(world);
  world.serve(world.release(1));
  const head = { commit: COMMIT, author: "Ana", committedAtMs: T0 };
  const observation = { kind: "reached", head, desired: desired(world) } as const;
  recordGitState(world.as(CONTROLLER), { application: APP, observation });
}

export const GIT_VERBS: Record<string, VerbCase> = {
  putGitRepository: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: () => (context) =>
      putGitRepository(context, { application: APP, remote: "https://git.example/acme/prompts.git" }),
  },
  "removeGitRepository (putGitRepository)": {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: (world) => {
      connect(world);
      return (context) => removeGitRepository(context, { application: APP, reason });
    },
  },
  recordGitState: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    arrange: (world) => {
      seen(world);
      world.serve(world.release(2));
      return (context) => recordGitState(context, { application: APP });
    },
  },
  recordWriteBack: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    arrange: (world) => {
      connect(world);
      const { id: incidentId } = openIncident(world.as(onCall), { application: APP, title: "answers are wrong" });
      const releases = { fromReleaseId: world.release(2), toReleaseId: world.release(1) };
      const written = { status: "committed", commit: COMMIT, branch: null, url: null, message: "m" } as const;
      return (context) =>
        recordWriteBack(context, { ...ON_PRODUCTION, ...releases, ...written, auditSeq: 1, incidentId });
    },
  },
  reconcileGit: {
    allowed: onCall,
    refused: [viewer, ci, gateway, CONTROLLER],
    arrange: (world) => {
      seen(world);
      world.serve(world.release(2));
      return (context) => reconcileGit(context, { application: APP, reason });
    },
  },
  releaseQuarantine: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: (world) => {
      seen(world);
      world.serve(world.release(2));
      rollback(world.as(onCall), { application: APP, reason });
      const releaseId = ReleaseId.parse(world.release(2));
      return (context) => releaseQuarantine(context, { ...ON_PRODUCTION, releaseId, reason });
    },
  },
  applyPlan: {
    allowed: ci,
    refused: [viewer, onCall, gateway, reader, CONTROLLER],
    arrange: (world) => {
      seen(world);
      return (context) => applyPlan(context, { desired: desired(world) });
    },
  },
};
