/** Feature transformations: the same offline and online? */
import { createRouter, procedure } from "@/server/api/trpc";
import {
  recordFingerprint,
  RecordFingerprintInput,
  RecordFingerprintOutput,
} from "@/server/control/record-fingerprint";

export const featuresRouter = createRouter({
  fingerprint: procedure({
    access: { role: "release_manager", scopes: ["ci", "ingest"] },
    rest: {
      method: "POST",
      path: "/api/v1/features/fingerprints",
      summary: "Report a transformation's fingerprint; answers the parity of both sides",
    },
    input: RecordFingerprintInput,
    output: RecordFingerprintOutput,
  }).mutation(({ ctx, input }) => ctx.write(recordFingerprint, input)),
});
