/** A running intake on real files: control.db with an application and tokens, telemetry.db, a listener on a free port. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";
import { openTelemetryForReading, type TelemetryDatabase } from "@/db/telemetry/open";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { startIntake } from "@/server/telemetry/start-intake";
import { freshTelemetry, NOW_MS } from "./storage-support";

export const INGEST_TOKEN = `sbk_${"i".repeat(43)}`;
export const READ_TOKEN = `sbk_${"r".repeat(43)}`;
export const REVOKED_TOKEN = `sbk_${"v".repeat(43)}`;
export const MANAGER_TOKEN = `sbk_${"m".repeat(43)}`;

export interface RunningIntake {
  url: string;
  reader: SqliteTelemetryReader;
  control: ControlDatabase;
  telemetry: TelemetryDatabase;
  writer: TelemetryWriter;
  /** Epoch ms that the intake's clock shows; settable. */
  clock: { nowMs: number };
  errors: unknown[];
  post: (path: string, body: unknown, over?: PostOptions) => Promise<Response>;
  stop: () => Promise<void>;
}

interface PostOptions {
  token?: string | null;
  headers?: Record<string, string>;
}

export function freshControl(path: string): ControlDatabase {
  const control = openControlDatabase(path);
  migrateControlDatabase(control, "db/control/migrations");
  const { $client } = control;
  const token = $client.prepare(
    `INSERT INTO tokens (id, name, hash, prefix, scopes, role, created_at_ms, created_by, revoked_at_ms)
     VALUES (?, ?, ?, 'sbk_', ?, ?, 0, 'test', ?)`,
  );
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  token.run("tok_1", "ingest", hash(INGEST_TOKEN), '["ingest"]', null, null);
  token.run("tok_2", "read", hash(READ_TOKEN), '["read"]', null, null);
  token.run("tok_3", "revoked", hash(REVOKED_TOKEN), '["ingest"]', null, 1);
  token.run("tok_4", "manager", hash(MANAGER_TOKEN), "[]", "release_manager", null);
  $client
    .prepare(
      `INSERT INTO applications (id, display_name, segments, store_content, retention, created_at_ms)
       VALUES ('deploy-assistant', 'Deploy assistant', '["region","tenant","plan"]', 0, '{"rawDays":30,"rollupMonths":12}', 0)`,
    )
    .run();
  return control;
}

/** Starts an intake; `stop` removes its files. */
export async function runIntake(over: { maxBytes?: number } = {}): Promise<RunningIntake> {
  const folder = mkdtempSync(join(tmpdir(), "intake-"));
  const control = freshControl(join(folder, "control.db"));
  const telemetry = freshTelemetry(join(folder, "telemetry.db"));
  const clock = { nowMs: NOW_MS };
  const errors: unknown[] = [];
  const writer = new TelemetryWriter(telemetry);
  const intake = startIntake({
    writer,
    controlPath: join(folder, "control.db"),
    maxBytes: over.maxBytes ?? 4 * 1024 * 1024,
    clock: () => clock.nowMs,
    log: { error: (fields) => errors.push(fields), warn: (fields) => errors.push(fields) },
  });
  await new Promise<void>((resolve) => intake.server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(intake.server.address() as AddressInfo).port}`;
  const reader = new SqliteTelemetryReader(openTelemetryForReading(join(folder, "telemetry.db")), () => clock.nowMs);
  return {
    url,
    reader,
    control,
    telemetry,
    writer,
    clock,
    errors,
    post: async (path, body, options = {}) => {
      const token = options.token === undefined ? INGEST_TOKEN : options.token;
      const isBytes = typeof body === "string" || body instanceof Uint8Array;
      return fetch(`${url}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...options.headers,
        },
        // A Uint8Array is a body, but its type is wider than fetch's.
        body: isBytes ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      });
    },
    stop: async () => {
      await intake.stop();
      reader.close();
      telemetry.$client.close();
      control.$client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
