/** What an administrator sets up before the story: one person who can sign in, and a token for each program. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { createUser } from "@/server/auth/users";
import type { ControlContext } from "@/server/control/context";
import { createToken } from "@/server/control/create-token";

export interface DemoAccess {
  email: string;
  password: string;
  tokens: { pipeline: string; manager: string; gateway: string };
}

/** Creates the control database in `dataDir`, by the migrations of that folder, with the demo's person and tokens. */
export async function prepareInstallation(dataDir: string, migrations: string): Promise<DemoAccess> {
  const db = openControlDatabase(join(dataDir, "control.db"));
  migrateControlDatabase(db, migrations);
  const context: ControlContext = {
    db,
    nowMs: Date.now(),
    actor: { kind: "system", id: "demo", name: "demo", role: null, scopes: [] },
  };
  const email = "oncall@deploybuddy.example";
  // Typed by people who try the demo; it guards a throw-away installation on loopback, and is new each time.
  const password = `demo-${randomBytes(4).toString("hex")}`;
  await createUser(context, { email, name: "Robin (on call)", password, role: "admin" });
  const tokens = {
    pipeline: createToken(context, { name: "ci-pipeline", scopes: ["ci", "read"] }).token,
    manager: createToken(context, { name: "nadia (release manager)", role: "release_manager" }).token,
    gateway: createToken(context, { name: "gateway", scopes: ["ingest", "gateway", "read"] }).token,
  };
  db.$client.close();
  return { email, password, tokens };
}
