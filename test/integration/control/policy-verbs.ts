/** The verbs that answer a loosened policy, as `verb-table.ts` has the others. */
import { approvePolicy } from "@/server/control/approve-policy";
import { putPolicy } from "@/server/control/put-policy";
import { rejectPolicy } from "@/server/control/reject-policy";
import { ci, gateway, manager, onCall, viewer } from "./actors";
import { addPerson, CONTROLLER, person, type World } from "./fixtures";
import type { VerbCase } from "./verb-table";

const reason = "because of the test";

/** Version 2 of a policy allows more errors than version 1: somebody else has to approve it. */
function proposeLooser(world: World): void {
  addPerson(world, person("release_manager", "second"));
  const author = world.as(person("release_manager", "author"));
  for (const max of [0.02, 0.05]) {
    putPolicy(author, { name: "strict", document: { thresholds: { error_rate: { max, action: "rollback" } } } });
  }
}

export const POLICY_VERBS: Record<string, VerbCase> = {
  approvePolicy: {
    allowed: manager,
    refused: [viewer, onCall, ci, gateway, CONTROLLER],
    arrange: (world) => {
      proposeLooser(world);
      return (context) => approvePolicy(context, { name: "strict", version: 2, reason });
    },
  },
  rejectPolicy: {
    allowed: manager,
    refused: [viewer, onCall, ci, gateway, CONTROLLER],
    arrange: (world) => {
      proposeLooser(world);
      return (context) => rejectPolicy(context, { name: "strict", version: 2, reason });
    },
  },
};
