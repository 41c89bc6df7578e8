/** Every write verb once: who may just run it, who may not, and a world in which it changes something. */
import { abortRollout } from "@/server/control/abort-rollout";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { correctIncidentNote } from "@/server/control/correct-incident-note";
import { expireApproval } from "@/server/control/expire-approval";
import { advanceRollout } from "@/server/control/advance-rollout";
import { approveRollout } from "@/server/control/approve-rollout";
import type { Actor, ControlContext } from "@/server/control/context";
import { createToken } from "@/server/control/create-token";
import { extendRollout } from "@/server/control/extend-rollout";
import { moveAlias } from "@/server/control/move-alias";
import { openIncident } from "@/server/control/open-incident";
import { pauseRollout } from "@/server/control/pause-rollout";
import { proposePartialRollback } from "@/server/control/propose-partial-rollback";
import { putApplication } from "@/server/control/put-application";
import { putPolicy } from "@/server/control/put-policy";
import { receiveAlertmanager } from "@/server/control/receive-alertmanager";
import { recordDrained } from "@/server/control/record-drained";
import { keepRepeated } from "@/server/control/keep-repeated";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { registerComponent } from "@/server/control/register-component";
import { registerRelease } from "@/server/control/register-release";
import { rejectRollout } from "@/server/control/reject-rollout";
import { resumeRollout } from "@/server/control/resume-rollout";
import { revealText } from "@/server/control/reveal-text";
import { revokeToken } from "@/server/control/revoke-token";
import { rollback } from "@/server/control/rollback";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { startRehearsal } from "@/server/control/start-rehearsal";
import { startRollout } from "@/server/control/start-rollout";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { RequestId } from "@/server/domain/ids";
import { EVIDENCE_VERBS } from "./evidence-verbs";
import { admin, ci, gateway, ingest, manager, onCall, reader, viewer } from "./actors";
import {
  MINUTE_MS,
  APP,
  BREACH,
  CONTROLLER,
  evaluation,
  ON_PRODUCTION,
  person,
  T0,
  weakScore,
  type World,
} from "./fixtures";
import { GIT_VERBS } from "./git-verbs";
import { INCIDENT_VERBS } from "./incident-verbs";
import { POLICY_VERBS } from "./policy-verbs";

export interface VerbCase {
  /** Holds exactly what the verb asks for. */
  allowed: Actor;
  refused: readonly Actor[];
  /** Prepares the world; the call it returns changes something. */
  arrange: (world: World) => (context: ControlContext) => unknown;
  /** It changes nothing that anybody decided, so that there is nothing to audit. */
  audited?: false;
}

/** Starts a rollout of release 2 beside release 1, on the steps given. */
export function startOn(
  world: World,
  { steps, ...document }: { steps: unknown[]; [key: string]: unknown },
  atMs = T0,
): string {
  world.serve(world.release(1));
  putPolicy(world.as(manager), { name: "test", document: { steps, ...document } });
  const candidate = world.release(2);
  return startRollout(world.as(person("release_manager", "starter"), atMs), {
    ...ON_PRODUCTION,
    candidate,
    policy: "test",
  }).id;
}

const running = (world: World): string => startOn(world, { steps: [{ canary: "10%" }] });

function paused(world: World): string {
  const rolloutId = running(world);
  pauseRollout(world.as(onCall), { rolloutId, reason: "look first" });
  return rolloutId;
}

const record = (rolloutId: string, seen: ReturnType<typeof evaluation>) => (context: ControlContext) =>
  recordEvaluation(context, { rolloutId, atMs: T0 + 1, evaluation: seen, codeVersion: "test" });

function incident(world: World): string {
  world.release(1);
  return openIncident(world.as(onCall), { application: APP, title: "answers are wrong" }).id;
}

const reason = "because of the test";

export const VERBS: Record<string, VerbCase> = {
  ...EVIDENCE_VERBS,
  ...POLICY_VERBS,
  registerRelease: {
    allowed: ci,
    refused: [viewer, onCall, gateway, reader, ingest, CONTROLLER],
    arrange: () => (context) => registerRelease(context, { application: APP, components: { prompt: "support@1" } }),
  },
  registerComponent: {
    allowed: ci,
    refused: [viewer, onCall, gateway, reader, ingest, CONTROLLER],
    arrange: () => (context) =>
      registerComponent(context, { application: APP, kind: "prompt", reference: "support@1", settings: { shots: 2 } }),
  },
  putApplication: {
    allowed: manager,
    refused: [viewer, onCall, ci, gateway],
    arrange: () => (context) => putApplication(context, { application: APP, displayName: "Deploy assistant" }),
  },
  putPolicy: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: () => (context) => putPolicy(context, { name: "test", document: { steps: [{ canary: "10%" }] } }),
  },
  moveAlias: {
    allowed: manager,
    refused: [viewer, onCall, ci, gateway, CONTROLLER],
    arrange: (world) => {
      const releaseId = world.release(1);
      return (context) => moveAlias(context, { ...ON_PRODUCTION, releaseId, reason });
    },
  },
  "moveAlias to break glass": {
    allowed: onCall,
    refused: [viewer, ci, gateway, CONTROLLER],
    arrange: (world) => {
      running(world);
      const incidentId = openIncident(world.as(onCall), { application: APP, title: "t" }).id;
      const releaseId = world.release(3);
      return (context) => moveAlias(context, { ...ON_PRODUCTION, releaseId, reason, cause: "break_glass", incidentId });
    },
  },
  startRollout: {
    allowed: ci,
    refused: [viewer, onCall, gateway, reader, CONTROLLER],
    arrange: (world) => {
      world.serve(world.release(1));
      const candidate = world.release(2);
      return (context) => startRollout(context, { ...ON_PRODUCTION, candidate });
    },
  },
  startRehearsal: {
    allowed: onCall,
    refused: [viewer, ci, gateway, reader, ingest, CONTROLLER],
    arrange: (world) => {
      world.serve(world.release(1));
      return (context) => startRehearsal(context, { application: APP });
    },
  },
  pauseRollout: {
    allowed: onCall,
    refused: [viewer, ci],
    arrange: (world) => {
      const rolloutId = running(world);
      return (context) => pauseRollout(context, { rolloutId, reason });
    },
  },
  resumeRollout: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: (world) => {
      const rolloutId = paused(world);
      return (context) => resumeRollout(context, { rolloutId, reason });
    },
  },
  approveRollout: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: (world) => {
      const rolloutId = paused(world);
      return (context) => approveRollout(context, { rolloutId, reason });
    },
  },
  extendRollout: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: (world) => {
      const rolloutId = paused(world);
      return (context) => extendRollout(context, { rolloutId, reason });
    },
  },
  rejectRollout: {
    allowed: manager,
    refused: [viewer, onCall, ci, CONTROLLER],
    arrange: (world) => {
      const rolloutId = paused(world);
      return (context) => rejectRollout(context, { rolloutId, reason });
    },
  },
  abortRollout: {
    allowed: onCall,
    refused: [viewer, ci, CONTROLLER],
    arrange: (world) => {
      const rolloutId = running(world);
      return (context) => abortRollout(context, { rolloutId, reason });
    },
  },
  advanceRollout: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    arrange: (world) => {
      const rolloutId = running(world);
      return (context) => advanceRollout(context, { rolloutId, reason });
    },
  },
  expireApproval: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    arrange: (world) => {
      const steps = [{ approval: { expires: "10m" } }, { canary: "10%" }];
      const rolloutId = startOn(world, { steps }, T0 - 10 * MINUTE_MS);
      return (context) => expireApproval(context, { rolloutId });
    },
  },
  keepRepeated: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    audited: false,
    arrange: (world) => {
      const rolloutId = running(world);
      const { evaluationId } = record(rolloutId, evaluation())(world.as(CONTROLLER));
      const place = { rolloutId, expectedRevision: 0, stepIndex: 0, policyVersion: 1, codeVersion: "test" };
      const repeated = { ...place, follows: evaluationId ?? 0, atMs: T0 + 10_000, evaluation: evaluation() };
      return (context) => keepRepeated(context, [repeated]);
    },
  },
  "recordEvaluation that rolls back": {
    allowed: CONTROLLER,
    refused: [viewer, onCall, manager, admin, ci],
    arrange: (world) => record(running(world), BREACH),
  },
  "recordEvaluation that pauses": {
    allowed: CONTROLLER,
    refused: [admin],
    arrange: (world) => record(running(world), weakScore()),
  },
  "recordEvaluation that promotes": {
    allowed: CONTROLLER,
    refused: [admin],
    arrange: (world) => record(running(world), evaluation({ decision: "promote", stepComplete: true })),
  },
  "rollback of a canary": {
    allowed: onCall,
    refused: [viewer, ci, gateway, ingest],
    arrange: (world) => {
      running(world);
      return (context) => rollback(context, { application: APP, reason });
    },
  },
  "rollback to the known good release": {
    allowed: onCall,
    refused: [viewer, ci, gateway, CONTROLLER],
    arrange: (world) => {
      world.serve(world.release(1));
      world.serve(world.release(2));
      return (context) => rollback(context, { application: APP, reason });
    },
  },
  proposePartialRollback: {
    allowed: onCall,
    refused: [viewer, ci, gateway, CONTROLLER],
    arrange: (world) => {
      const components = { prompt: "support@1", model: "lora@2.0" };
      const toReleaseId = world.release(1);
      const { releaseId: fromReleaseId } = registerRelease(world.as(ci), {
        application: APP,
        components: { ...components, prompt: "support@9" },
      });
      return (context) =>
        proposePartialRollback(context, { ...ON_PRODUCTION, fromReleaseId, toReleaseId, kind: "model", reason });
    },
  },
  openIncident: {
    allowed: onCall,
    refused: [viewer, ci],
    arrange: (world) => {
      world.release(1);
      return (context) => openIncident(context, { application: APP, title: "answers are wrong" });
    },
  },
  addIncidentNote: {
    allowed: onCall,
    refused: [viewer, ci],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) => addIncidentNote(context, { incidentId, text: "looking" });
    },
  },
  correctIncidentNote: {
    allowed: onCall,
    refused: [viewer, ci, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      const { id: noteId } = addIncidentNote(world.as(onCall), { incidentId, text: "looking" });
      return (context) => correctIncidentNote(context, { incidentId, noteId, text: "looking at us-west" });
    },
  },
  setIncidentStatus: {
    allowed: onCall,
    refused: [viewer, ci, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) => setIncidentStatus(context, { incidentId, status: "mitigated", reason });
    },
  },
  ...INCIDENT_VERBS,
  recordDrained: {
    allowed: CONTROLLER,
    refused: [viewer, onCall, admin, ci],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) => recordDrained(context, { incidentId, drainedAtMs: T0 });
    },
  },
  receiveAlertmanager: {
    allowed: ingest,
    refused: [viewer, ci, gateway, CONTROLLER],
    arrange: (world) => {
      world.release(1);
      const alert = { status: "firing", startsAt: "2026-04-12T00:00:00Z", fingerprint: "f002a3b176a183dd" } as const;
      return (context) => receiveAlertmanager(context, { version: "4", alerts: [alert] });
    },
  },
  submitEvaluation: {
    allowed: ci,
    refused: [viewer, onCall, gateway, ingest, CONTROLLER],
    arrange: (world) => {
      startOn(world, { steps: [{ canary: "10%" }], gates: { quality: { min: 0.8 } } });
      const releaseId = world.release(2);
      return (context) => submitEvaluation(context, { releaseId, suite: "golden", results: { quality: 0.87 } });
    },
  },
  recordFingerprint: {
    allowed: ingest,
    refused: [viewer, onCall, gateway, CONTROLLER],
    arrange: () => (context) =>
      recordFingerprint(context, { application: APP, view: "releases", side: "online", config: { normalize: "l2" } }),
  },
  ...GIT_VERBS,
  createToken: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: () => (context) => createToken(context, { name: "gateway-eu", scopes: ["gateway"] }),
  },
  revealText: {
    allowed: onCall,
    refused: [viewer, ci, CONTROLLER],
    arrange: () => (context) =>
      revealText(context, { application: APP, requestId: RequestId.parse("req-1"), reason: "a customer complained" }),
  },
  revokeToken: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: (world) => {
      const tokenId = createToken(world.as(admin), { name: "gateway-eu", scopes: ["gateway"] }).id;
      return (context) => revokeToken(context, { tokenId });
    },
  },
};
