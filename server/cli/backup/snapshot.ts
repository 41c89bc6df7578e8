/** Copies both databases as they were at one and the same moment, while the installation goes on writing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openControlDatabase } from "@/db/control/open";
import { openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import { verifyAudit, type AuditVerification } from "@/server/control/verify-audit";
import { UsageError } from "@/server/cli/exit-code";
import { bytesWords, entriesWords, type Progress } from "@/server/cli/progress";
import { DATABASES } from "./manifest";

type Client = ReturnType<typeof openControlDatabase>["$client"];

/** Pages copied between two looks at the clock of others: 40 MB at once would hold up nobody, but use all of the disk. */
const PAGES = 2_000;
/** How long the writers of the installation are waited for. */
const WAIT_MS = 10_000;

export interface Snapshot {
  /** Names of the databases that were copied. */
  readonly names: readonly string[];
  readonly audit: AuditVerification;
}

/**
 * Writers wait for as long as it takes to begin two reads, a few milliseconds; the copies are made from those reads.
 *
 * @throws UsageError where there is no installation; Error when a copy turns out to be damaged.
 */
export async function snapshot(
  dataDir: string,
  { folder, progress }: { folder: string; progress: Progress },
): Promise<Snapshot> {
  const names = DATABASES.filter((name) => existsSync(join(dataDir, name)));
  if (!names.includes("control.db")) {
    throw new UsageError(`there is no installation in ${dataDir}: name its folder with --data-dir`);
  }
  const sources = names.map((name) => openForReading(name, join(dataDir, name)));
  try {
    readAtOneMoment({ dataDir, names, sources });
    for (const [index, name] of names.entries()) {
      const source = sources[index];
      if (source !== undefined) await copy(source, { name, to: join(folder, name), progress });
    }
  } finally {
    for (const source of sources) source.close();
  }
  for (const name of names) {
    progress.say(`checking the copy of ${name}`);
    checkCopy(name, join(folder, name));
  }
  const control = openControlDatabase(join(folder, "control.db"));
  const audit = await verifyAudit(control, (entries) => progress.say("verifying", entriesWords(entries)));
  // One file each: what was beside them belongs to a running installation.
  control.$client.pragma("journal_mode = DELETE");
  control.$client.close();
  return { names, audit };
}

function openForReading(name: (typeof DATABASES)[number], path: string): Client {
  return name === "telemetry.db" ? openTelemetryForReading(path).$client : openControlDatabase(path).$client;
}

/** With both write locks held nothing changes, so that what the two reads begin to see belongs together. */
function readAtOneMoment(given: {
  dataDir: string;
  names: readonly (typeof DATABASES)[number][];
  sources: readonly Client[];
}): void {
  const { dataDir, names, sources } = given;
  // Telemetry first: its writer takes longer, and nobody waits for the other lock meanwhile.
  const gates = names.toReversed().map((name) => openForWriting(name, join(dataDir, name)));
  try {
    for (const gate of gates) {
      gate.pragma(`busy_timeout = ${WAIT_MS}`);
      gate.exec("BEGIN IMMEDIATE");
    }
    for (const source of sources) {
      source.exec("BEGIN");
      source.prepare("SELECT count(*) FROM sqlite_schema").get();
    }
  } finally {
    for (const gate of gates) gate.close();
  }
}

function openForWriting(name: (typeof DATABASES)[number], path: string): Client {
  return name === "telemetry.db" ? openTelemetryDatabase(path).$client : openControlDatabase(path).$client;
}

async function copy(
  source: Client,
  { name, to, progress }: { name: string; to: string; progress: Progress },
): Promise<void> {
  const pageBytes = source.pragma("page_size", { simple: true }) as number;
  await source.backup(to, {
    progress: ({ totalPages, remainingPages }) => {
      const copied = (totalPages - remainingPages) * pageBytes;
      progress.say(`copying ${name}`, bytesWords(copied, totalPages * pageBytes));
      return PAGES;
    },
  });
}

function checkCopy(name: string, path: string): void {
  const client = openControlDatabase(path).$client;
  try {
    const [found] = client.pragma("quick_check(1)") as { quick_check: string }[];
    if (found?.quick_check !== "ok") throw new Error(`the copy of ${name} is damaged: ${found?.quick_check ?? ""}`);
    client.pragma("journal_mode = DELETE");
  } finally {
    client.close();
  }
}
