/**
 * Writes to both databases of an installation until it is killed: audit entry n, then request n, then entry n + 1. At any
 * moment the audit log is ahead by one act or by none. Argument: the data directory.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openControlDatabase } from "@/db/control/open";
import { openTelemetryDatabase } from "@/db/telemetry/open";
import { openIncident } from "@/server/control/open-incident";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { registerRelease } from "@/server/control/register-release";
import { ApplicationId } from "@/server/domain/ids";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { newRequest } from "@/test/integration/intake/storage-support";

const dataDir = process.argv[2] ?? "";
const db = openControlDatabase(join(dataDir, "control.db"));
const telemetry = openTelemetryDatabase(join(dataDir, "telemetry.db"));
telemetry.$client.pragma("busy_timeout = 20000");
const writer = new TelemetryWriter(telemetry);
const actor = { kind: "person", id: "usr_1", name: "writer", role: "admin", scopes: [] } as const;
const context = () => ({ db, nowMs: Date.now(), actor });
const application = ApplicationId.parse("deploy-assistant");
registerRelease(context(), { application, components: { prompt: "support@1" } });
const { id: incidentId } = openIncident(context(), { application, title: "busy" });

for (let n = 1; ; n += 1) {
  addIncidentNote(context(), { incidentId, text: `note ${n}` });
  writer.write(
    { requests: [newRequest({ requestId: `request-${n}`, timeMs: Date.now() })], scores: [] },
    { nowMs: Date.now(), segmentKeys: () => ["region"], limits: new Map() },
  );
  writeSync(1, `${n}\n`);
}
