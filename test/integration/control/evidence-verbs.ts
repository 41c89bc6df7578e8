/** The write verbs of features, judges and registries, for the table of all verbs. */
import { putFeatureView } from "@/server/control/put-feature-view";
import { putRegistryLink } from "@/server/control/put-registry-link";
import { recordComponents } from "@/server/control/record-components";
import { recordRegistryMove } from "@/server/control/record-registry-move";
import { submitFeatureSet } from "@/server/control/submit-feature-set";
import { submitJudgeAnchors } from "@/server/control/submit-judge-anchors";
import { submitJudgeLabels } from "@/server/control/submit-judge-labels";
import { listRegistryLinks } from "@/server/store/control/registry";
import { admin, ci, gateway, ingest, manager, onCall, viewer } from "./actors";
import { APP, CONTROLLER, ON_PRODUCTION, T0 } from "./fixtures";
import type { VerbCase } from "./verb-table";

const REGISTRY_LINK = { ...ON_PRODUCTION, kind: "model", model: "lora", registryAlias: "production" };
const JUDGED = { application: APP, judge: "groundedness@3", score: "groundedness" };

export const EVIDENCE_VERBS: Record<string, VerbCase> = {
  putFeatureView: {
    allowed: ci,
    refused: [viewer, onCall, gateway, ingest],
    arrange: () => (context) =>
      putFeatureView(context, { application: APP, view: "releases", transformation: { normalize: "l2" } }),
  },
  submitFeatureSet: {
    allowed: ci,
    refused: [viewer, onCall, gateway, ingest, CONTROLLER],
    arrange: () => (context) =>
      submitFeatureSet(context, {
        application: APP,
        view: "releases",
        rows: [{ entity: "service=payments", time: T0, features: { failure_count: 4 } }],
      }),
  },
  putRegistryLink: {
    allowed: admin,
    refused: [viewer, onCall, manager, ci, CONTROLLER],
    arrange: () => (context) => putRegistryLink(context, REGISTRY_LINK),
  },
  recordRegistryMove: {
    allowed: CONTROLLER,
    refused: [admin, ci, ingest],
    arrange: (world) => {
      putRegistryLink(world.as(admin), REGISTRY_LINK);
      const [link] = listRegistryLinks(world.db, APP);
      if (link === undefined) throw new Error("the link was not kept");
      const { kind: _, createdAtMs: __, ...key } = link;
      const move = { outcome: "moved", before: "1", requested: "2", observed: "2" } as const;
      return (context) => recordRegistryMove(context, { link: key, ...move });
    },
  },
  recordComponents: {
    allowed: CONTROLLER,
    refused: [admin, ci, ingest],
    arrange: () => (context) =>
      recordComponents(context, {
        application: APP,
        registry: "mlflow",
        components: [{ kind: "model", name: "lora", version: "1", digest: null, uri: "models:/lora/1" }],
      }),
  },
  submitJudgeLabels: {
    allowed: ci,
    refused: [viewer, onCall, gateway, ingest, CONTROLLER],
    arrange: () => (context) =>
      submitJudgeLabels(context, { ...JUDGED, labels: [{ itemId: "r1", humanValue: 1, judgeValue: 0.9 }] }),
  },
  submitJudgeAnchors: {
    allowed: ci,
    refused: [viewer, onCall, gateway, ingest, CONTROLLER],
    arrange: () => (context) => submitJudgeAnchors(context, { ...JUDGED, scores: { "answer 1": 0.8 } }),
  },
};
