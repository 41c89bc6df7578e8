/** A small DeployBuddy: two releases that differ in their feature view, a policy, and traffic with one broken region. */
import { fileURLToPath } from "node:url";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";
import { componentMap } from "@/server/domain/release/component-map";
import { releaseDigest, releaseId } from "@/server/domain/release/release-id";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { AliasMoveCause, Decision, RolloutState } from "@/server/domain/vocabulary";
import type { ControlContext } from "@/server/control/context";
import type { ReadDeps } from "@/server/read/deps";
import { findAlias, moveAliasRow } from "@/server/store/control/aliases";
import { ensureApplication, updateApplication } from "@/server/store/control/applications";
import { withTransaction } from "@/server/store/control/database";
import { addEvaluation } from "@/server/store/control/evaluations";
import { addPolicy, addPolicyChange } from "@/server/store/control/policies";
import { addProvenance, addRelease } from "@/server/store/control/releases";
import {
  addRollout,
  addTransition,
  findRollout,
  writeRollout,
  type RolloutChange,
} from "@/server/store/control/rollouts";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { FakeTelemetry, request } from "./fake-telemetry";

export const APP = "deploy-assistant";
/** Sunday, 12 April 2026, 04:00:00 UTC. */
export const NOW_MS = Date.UTC(2026, 3, 12, 4, 0, 0);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export const ANA = { kind: "person" as "person" | "controller", id: "user_ana", name: "Ana" };
export const CONTROLLER = { kind: "controller" as "person" | "controller", id: "controller", name: "controller" };

const SHARED = { model: "deploybuddy-70b@2026.2", adapter: "lora-deploy@1.9", judge: "groundedness-judge@1.4" };
export const FIRST = { ...SHARED, prompt: "deploy-answer@2.7", feature_view: "releases@4" };
export const GOOD = { ...SHARED, prompt: "deploy-answer@2.8", feature_view: "releases@4" };
export const CANDIDATE = { ...SHARED, prompt: "deploy-answer@2.8", feature_view: "releases@5" };

export const POLICY = {
  name: "default",
  settle: "30s",
  evidence: "window",
  thresholds: {
    task_completion_rate: { min: 0.91, window: "5m", consecutive: 3, min_requests: 20, action: "rollback" },
    p95_ttft_ms: { max: 850, window: "5m", min_requests: 20, action: "pause_for_review" },
  },
  segments: ["region"],
  gates: { quality: { improve: true } },
  steps: [
    { canary: "10%", min_duration: "30m", min_requests: 300 },
    { approval: { required: 1 } },
    { soak: "48h", holdback: "1%" },
  ],
};

export class Story {
  readonly control: ControlDatabase;
  readonly telemetry = new FakeTelemetry();
  /** Far from the numbers that verbs draw: rows written here have no audit entry. */
  #auditSeq = 1_000_000;

  constructor() {
    this.control = openControlDatabase(":memory:");
    migrateControlDatabase(this.control, fileURLToPath(new URL("../../../db/control/migrations", import.meta.url)));
  }

  deps(nowMs: number = NOW_MS): ReadDeps {
    return { control: this.control, telemetry: this.telemetry, nowMs };
  }

  /** For the verbs, as somebody who may do everything unless `actor` says otherwise. */
  context(
    nowMs: number = NOW_MS,
    actor: { kind: "person" | "controller"; id: string; name: string } = ANA,
  ): ControlContext {
    const role = actor.kind === "person" ? ("admin" as const) : null;
    return { db: this.control, nowMs, actor: { ...actor, role, scopes: [] } };
  }

  application(segments: string[] = ["region"]): void {
    withTransaction(this.control, (tx) => {
      ensureApplication(tx, { id: APP, nowMs: NOW_MS - 90 * HOUR_MS });
      updateApplication(tx, { id: APP, settings: { displayName: "DeployBuddy", segments } });
    });
  }

  release(
    components: Record<string, string>,
    given: {
      atMs?: number;
      author?: string;
      commit?: string;
      title?: string;
      fingerprints?: Record<string, string>;
    } = {},
  ): string {
    const map = componentMap(components);
    const id = releaseId(map);
    const createdAtMs = given.atMs ?? NOW_MS - 80 * HOUR_MS;
    withTransaction(this.control, (tx) => {
      addRelease(tx, { application: APP, id, digest: releaseDigest(map), components, digests: {}, createdAtMs });
      addProvenance(tx, {
        application: APP,
        releaseId: id,
        registeredAtMs: createdAtMs,
        registeredBy: "ci",
        gitCommit: given.commit ?? null,
        author: given.author ?? null,
        pipelineUrl: null,
        labels: given.title === undefined ? {} : { title: given.title },
        fingerprints: given.fingerprints ?? {},
      });
    });
    return id;
  }

  policy(document: Record<string, unknown> = POLICY): void {
    const put = { name: "default", version: 1 };
    const atMs = NOW_MS - 90 * HOUR_MS;
    withTransaction(this.control, (tx) => {
      addPolicy(tx, { ...put, digest: "d".repeat(64), document, createdAtMs: atMs, createdBy: "Ana", text: null });
      addPolicyChange(tx, { ...put, kind: "in_force", atMs, actor: ANA, reason: null, auditSeq: null });
    });
  }

  move(
    toReleaseId: string,
    given: {
      atMs: number;
      cause?: AliasMoveCause;
      reason?: string;
      rolloutId?: string;
      incidentId?: string;
      by?: typeof ANA;
    },
  ): number {
    const key = { application: APP, alias: "production" };
    const before = findAlias(this.control, key);
    this.#auditSeq += 1;
    const revision = withTransaction(this.control, (tx) =>
      moveAliasRow(tx, {
        ...key,
        fromReleaseId: before?.releaseId ?? null,
        toReleaseId,
        atMs: given.atMs,
        actor: given.by ?? ANA,
        cause: given.cause ?? "manual",
        reason: given.reason ?? "because",
        rolloutId: given.rolloutId ?? null,
        incidentId: given.incidentId ?? null,
        auditSeq: this.#auditSeq,
        expectedRevision: before?.revision ?? 0,
      }),
    );
    if (revision === undefined) throw new Error("the alias was moved by somebody else");
    return revision;
  }

  rollout(
    candidateId: string,
    given: {
      id?: string;
      controlId?: string | null;
      startedAtMs: number;
      state?: RolloutState;
      stepIndex?: number;
      startedBy?: typeof ANA;
    },
  ): string {
    const id = given.id ?? "rol_01JRMZZZZZ0000000000000001";
    const by = given.startedBy ?? ANA;
    withTransaction(this.control, (tx) => {
      addRollout(tx, {
        id,
        application: APP,
        alias: "production",
        candidateId,
        controlId: given.controlId ?? null,
        policyName: "default",
        policyVersion: 1,
        state: given.state ?? "canary",
        pausedFrom: null,
        pauseReason: null,
        stepIndex: given.stepIndex ?? 0,
        stepStartedAtMs: given.startedAtMs,
        startedAtMs: given.startedAtMs,
        startedByKind: by.kind,
        startedById: by.id,
        startedByName: by.name,
        endedAtMs: null,
        incidentId: null,
        revision: 1,
      });
    });
    this.transition(id, { atMs: given.startedAtMs, event: "start", to: given.state ?? "canary", reason: "start" });
    return id;
  }

  transition(
    rolloutId: string,
    given: { atMs: number; event: string; to: RolloutState; reason: string; change?: RolloutChange; by?: typeof ANA },
  ): void {
    const rollout = findRollout(this.control, rolloutId);
    if (rollout === undefined) throw new Error(`there is no rollout ${rolloutId}`);
    this.#auditSeq += 1;
    withTransaction(this.control, (tx) => {
      writeRollout(tx, { rollout, change: { ...given.change, state: given.to } });
      addTransition(tx, {
        rolloutId,
        atMs: given.atMs,
        event: given.event,
        fromState: rollout.state,
        toState: given.to,
        stepIndex: given.change?.stepIndex ?? rollout.stepIndex,
        actor: given.by ?? ANA,
        reason: given.reason,
        auditSeq: this.#auditSeq,
      });
    });
  }

  evaluation(
    rolloutId: string,
    given: { atMs: number; decision?: Decision; changed?: boolean; detail: Partial<PolicyEvaluation> },
  ): number {
    const decision = given.decision ?? "continue";
    const detail: PolicyEvaluation = {
      mode: "window",
      decision,
      stepComplete: false,
      findings: [],
      violations: [],
      waitingFor: [],
      sentence: "Within every limit.",
      ...given.detail,
    };
    return withTransaction(this.control, (tx) =>
      addEvaluation(tx, {
        rolloutId,
        atMs: given.atMs,
        decision,
        changed: given.changed ?? false,
        stepIndex: 0,
        policyVersion: 1,
        codeVersion: "test",
        detail,
      }),
    );
  }

  /** One request every `everyMs` in `[fromMs, toMs)`, round-robin over regions; `fail` says which tasks are not completed. */
  traffic(given: {
    releaseId: string;
    track?: "control" | "canary";
    fromMs: number;
    toMs: number;
    everyMs: number;
    regions?: string[];
    fail?: (region: string, index: number) => boolean;
  }): void {
    const regions = given.regions ?? ["us-east", "us-west"];
    const made = [];
    for (let index = 0, timeMs = given.fromMs; timeMs < given.toMs; index += 1, timeMs += given.everyMs) {
      const region = regions[index % regions.length] ?? "us-east";
      made.push(
        request({
          requestId: `${given.releaseId}-${given.track ?? "control"}-${timeMs}`,
          timeMs,
          releaseId: given.releaseId,
          track: given.track ?? "control",
          region,
          subjectHash: subjectHash(`subject-${index % 40}`).toString("hex"),
          ttftMs: 500 + (index % 10),
          taskCompleted: !(given.fail?.(region, index) ?? false),
        }),
      );
    }
    this.telemetry.add(...made);
  }
}
