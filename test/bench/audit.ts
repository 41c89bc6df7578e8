/**
 * How long a million audit entries take to be verified: from the database as the server does it, and from an export with
 * a checkpoint as `switchback audit verify` does. Each is timed in a process of its own, as both are in use: the one that
 * has just written a million entries is busy with its own garbage. Bundle it and run it with the number of entries.
 */
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";
import { runCli } from "@/server/cli/program";
import { processIo } from "@/server/cli/io";
import { verifyAudit } from "@/server/control/verify-audit";
import { appendAudit, listAuditAfter, toAuditEntry } from "@/server/store/control/audit";
import { withTransaction } from "@/server/store/control/database";

const count = Number(process.argv[2] ?? 1_000_000);
const [step, given] = process.argv.slice(3);
if (step === undefined) measureAll();
else await measure(step, given ?? "");

function measureAll(): void {
  const folder = mkdtempSync(join(tmpdir(), "switchback-bench-audit-"));
  try {
    for (const each of ["write", "verify as stored", "export", "verify the export"]) {
      const args = [import.meta.filename, String(count), each, folder];
      const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
      if (status !== 0) throw new Error(`${each} failed`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(what: string, folder: string): Promise<void> {
  const file = join(folder, "export.ndjson");
  const db = openControlDatabase(join(folder, "control.db"));
  if (what === "write") {
    migrateControlDatabase(db, "db/control/migrations");
    await timed(what, () => fill(db));
  } else if (what === "verify as stored") await timed(what, async () => console.log(await verifyAudit(db)));
  else if (what === "export") await timed(what, () => exportTo(db, file));
  else await timed(what, () => verifyFile(file));
  db.$client.close();
}

async function timed(what: string, work: () => void | Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const [seconds, cpuSeconds] = [(performance.now() - startedMs) / 1_000, (user + system) / 1e6];
  console.log(`${what}: ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU), ${count} entries`);
}

/** Entries as a promotion writes them: about 600 bytes each. */
function fill(db: ControlDatabase): void {
  const actor = { kind: "person", id: "usr_0123456789abcdef01234567", name: "Ana Example", role: "on_call" } as const;
  const target = "application/deploy-assistant/alias/production";
  for (let from = 0; from < count; from += 10_000) {
    withTransaction(db, (tx) => {
      for (let n = from; n < Math.min(count, from + 10_000); n++) {
        appendAudit(tx, {
          atMs: 1_775_952_000_000 + n,
          actor,
          action: "alias.moved",
          target,
          before: { releaseId: "a0e277e29c", revision: n },
          after: { releaseId: "f91be2a454", revision: n + 1, cause: "manual" },
          reason: `move ${n}: the candidate was better on every metric that the policy looks at`,
          requestId: "5e0c6a4e-6f0e-4f5e-9d6b-1f6f6c2f8e21",
        });
      }
    });
  }
}

async function exportTo(db: ControlDatabase, file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let afterSeq = 0; afterSeq < count; afterSeq += 1_000) {
    const lines = listAuditAfter(db, { afterSeq, limit: 1_000 }).map((row) => `${JSON.stringify(toAuditEntry(row))}\n`);
    if (!out.write(lines.join(""))) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}

async function verifyFile(file: string): Promise<void> {
  const code = await runCli(["audit", "verify", file], { ...processIo(), errColumns: () => undefined });
  if (code !== 0) throw new Error(`the export does not verify: exit code ${code}`);
}
