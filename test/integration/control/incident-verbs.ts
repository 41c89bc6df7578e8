/** The verbs of the days after an incident, for the table of all verbs. */
import { addActionItem } from "@/server/control/add-action-item";
import { openIncident } from "@/server/control/open-incident";
import { pinEvidence } from "@/server/control/pin-evidence";
import type { DraftInput } from "@/server/control/postmortem-core";
import { putNotificationRoute } from "@/server/control/put-notification-route";
import { removeNotificationRoute } from "@/server/control/remove-notification-route";
import { resendNotification } from "@/server/control/resend-notification";
import { savePostmortem } from "@/server/control/save-postmortem";
import { setCommander } from "@/server/control/set-commander";
import { setPostmortemStatus } from "@/server/control/set-postmortem-status";
import { switchNotificationRoute } from "@/server/control/switch-notification-route";
import { testNotificationRoute } from "@/server/control/test-notification-route";
import { updateActionItem } from "@/server/control/update-action-item";
import { markFailed } from "@/server/store/control/outbox";
import { admin, ci, manager, onCall, reader, viewer } from "./actors";
import { APP, CONTROLLER, T0, type World } from "./fixtures";
import type { VerbCase } from "./verb-table";

const ROUTE = { name: "chat", settings: { channel: "slack", url: "file:slack" } } as const;

function incident(world: World): string {
  world.release(1);
  return openIncident(world.as(onCall), { application: APP, title: "answers are wrong" }).id;
}

/** What the record says of an incident, for the verbs that are handed it. */
export const DRAFT: DraftInput = {
  sections: [{ id: "summary", markdown: "- It broke.[^a1]" }],
  citations: [{ id: "a1", kind: "audit", label: "#1", text: "audit entry 1", href: null }],
  charts: [],
};

export const INCIDENT_VERBS: Record<string, VerbCase> = {
  putNotificationRoute: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: () => (context) => putNotificationRoute(context, ROUTE),
  },
  removeNotificationRoute: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: (world) => {
      const { id: routeId } = putNotificationRoute(world.as(admin), ROUTE);
      return (context) => removeNotificationRoute(context, { routeId, reason: "because of the test" });
    },
  },
  switchNotificationRoute: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci],
    arrange: (world) => {
      const { id: routeId } = putNotificationRoute(world.as(admin), ROUTE);
      return (context) => switchNotificationRoute(context, { routeId, enabled: false, reason: "because of the test" });
    },
  },
  testNotificationRoute: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: (world) => {
      const { id: routeId } = putNotificationRoute(world.as(admin), ROUTE);
      return (context) => testNotificationRoute(context, { routeId });
    },
  },
  resendNotification: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const { id: routeId } = putNotificationRoute(world.as(admin), ROUTE);
      const { deliveryId } = testNotificationRoute(world.as(admin), { routeId });
      markFailed(world.db, { id: deliveryId, error: "it is down", nextAttemptAtMs: T0 + 60_000 });
      return (context) => resendNotification(context, { deliveryId });
    },
  },
  setCommander: {
    allowed: onCall,
    refused: [viewer, ci, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) => setCommander(context, { incidentId });
    },
  },
  pinEvidence: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      const about = { title: "errors", metric: "error_rate", segment: null, candidateId: "a", controlId: null };
      const frame = { fromMs: T0, toMs: T0 + 10_000, stepMs: 10_000, limit: null, bad: null, marks: [], steps: [] };
      const chart = { ...about, ...frame };
      return (context) => pinEvidence(context, { incidentId, evidence: { kind: "chart", chart } });
    },
  },
  savePostmortem: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      const sections = [{ id: "summary" as const, markdown: "It was the cache." }];
      return (context) => savePostmortem(context, { incidentId, expectedVersion: 0, sections, draft: DRAFT });
    },
  },
  setPostmortemStatus: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) =>
        setPostmortemStatus(context, { incidentId, expectedVersion: 0, status: "in_review", draft: DRAFT });
    },
  },
  addActionItem: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const incidentId = incident(world);
      return (context) => addActionItem(context, { incidentId, text: "watch the parity" });
    },
  },
  updateActionItem: {
    allowed: onCall,
    refused: [viewer, ci, reader, CONTROLLER],
    arrange: (world) => {
      const { id: actionId } = addActionItem(world.as(onCall), { incidentId: incident(world), text: "watch" });
      return (context) => updateActionItem(context, { actionId, revision: 1, owner: "mira" });
    },
  },
};
