/** An installation with a repository and a controller whose clock the test holds; git is real. */
import { pino } from "pino";
import { applyPlan } from "@/server/control/apply-plan";
import type { ControlContext } from "@/server/control/context";
import { putGitRepository, type PutGitRepositoryInput } from "@/server/control/put-git-repository";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { createGitWatch } from "@/server/controller/git-watch";
import { createOutboxDelivery, type Deliverer } from "@/server/controller/outbox-delivery";
import { createGitAccess, type GitAccess } from "@/server/integrations/git/git-access";
import { applyHead, planCommit, type GitDeps } from "@/server/integrations/git/plan-commit";
import { createGitDeliverer } from "@/server/integrations/git/write-back";
import { findAlias } from "@/server/store/control/aliases";
import { findGitState, listGitAliases, listWriteBacks } from "@/server/store/control/gitops";
import { listOutbox } from "@/server/store/control/outbox";
import { findLiveRollout } from "@/server/store/control/rollouts";
import {
  APP,
  BREACH,
  CONTROLLER,
  evaluation,
  newWorld,
  ON_PRODUCTION,
  person,
  token,
  type World,
} from "@/test/integration/control/fixtures";
import { newFolder } from "./remote";

/** 2026-04-12T12:00:00Z. */
export const NOON = Date.UTC(2026, 3, 12, 12);
const SILENT = pino({ level: "silent" });

export interface Installation {
  world: World;
  deps: GitDeps;
  clock: { nowMs: number };
  connect: (settings?: Partial<PutGitRepositoryInput>) => void;
  /** Moves the clock on and runs what a tick starts beside itself, until nothing is under way. */
  tick: (afterMs?: number) => Promise<void>;
  apply: (commit?: string) => ReturnType<typeof applyHead>;
  plan: (commit?: string) => ReturnType<typeof planCommit>;
  as: (actor: Parameters<World["as"]>[0]) => ControlContext;
  /** Ends the live rollout as the controller does when a limit is broken, or when everything is in. */
  decide: (decision: "rollback" | "promote") => void;
  production: () => string | undefined;
  /** How git and production stand to each other. */
  drift: () => { state: string; latched: boolean; reference: string } | undefined;
  gitError: () => string | null | undefined;
  writeBacks: () => ReturnType<typeof listWriteBacks>;
  waiting: () => ReturnType<typeof listOutbox>;
}

export interface InstallationOptions {
  remote: string;
  environment?: Record<string, string>;
  /** Comes between the product and git. */
  wrap?: (access: GitAccess) => GitAccess;
  protocols?: readonly ("https" | "http" | "ssh" | "file")[];
  secretsFolder?: string;
  /** The folder of the mirrors. */
  mirrors?: string;
  deliverer?: (deliverer: Deliverer) => Deliverer;
}

export function newInstallation(options: InstallationOptions): Installation {
  const world = newWorld();
  const clock = { nowMs: NOON };
  const access = createGitAccess({
    root: options.mirrors ?? newFolder("mirrors"),
    environment: { PATH: process.env["PATH"], NODE_ENV: "test", ...options.environment },
    protocols: options.protocols ?? ["file"],
    secretsFolder: options.secretsFolder ?? newFolder("secrets"),
  });
  const deps: GitDeps = { control: world.db, git: options.wrap?.(access) ?? access };
  const watch = createGitWatch({ ...deps, log: SILENT });
  const own = createGitDeliverer({
    ...deps,
    incidentUrl: ({ application, incidentId }) => `https://switchback.example/p/${application}/incidents/${incidentId}`,
  });
  const delivery = createOutboxDelivery({
    control: world.db,
    log: SILENT,
    clock: () => clock.nowMs,
    deliverers: { git: options.deliverer?.(own) ?? own },
  });
  const as: Installation["as"] = (actor) => world.as(actor, clock.nowMs);
  return {
    world,
    deps,
    clock,
    as,
    connect: (settings = {}) => {
      putGitRepository(as(person("admin")), { application: APP, remote: options.remote, ...settings });
    },
    tick: async (afterMs = 5_000) => {
      clock.nowMs += afterMs;
      for (const work of [watch, delivery]) {
        work.start(clock.nowMs);
        await work.settled();
      }
    },
    apply: (commit) =>
      applyHead(deps, {
        input: { application: APP, ...(commit === undefined ? {} : { commit }) },
        nowMs: clock.nowMs,
        apply: (read) => applyPlan(as(token(["ci"])), read),
      }),
    plan: (commit) => planCommit(deps, { application: APP, ...(commit === undefined ? {} : { commit }) }),
    decide: (decision) => {
      const live = findLiveRollout(world.db, ON_PRODUCTION);
      if (live === undefined) throw new Error("no rollout is live");
      clock.nowMs += 1_000;
      const seen = decision === "rollback" ? BREACH : evaluation({ decision, stepComplete: true });
      recordEvaluation(as(CONTROLLER), {
        rolloutId: live.id,
        atMs: clock.nowMs,
        evaluation: seen,
        codeVersion: "test",
      });
    },
    production: () => findAlias(world.db, ON_PRODUCTION)?.releaseId,
    drift: () => {
      const row = listGitAliases(world.db, APP).find(({ alias }) => alias === "production");
      return row === undefined ? undefined : { state: row.state, latched: row.latched, reference: row.reference };
    },
    gitError: () => findGitState(world.db, APP)?.error,
    writeBacks: () => listWriteBacks(world.db, { application: APP, limit: 50 }),
    waiting: () =>
      listOutbox(world.db, { target: `git:${APP}`, limit: 50 }).filter(({ deliveredAtMs }) => deliveredAtMs === null),
  };
}
