/** Puts a backup into an empty data directory, after everything in it has been checked. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { openControlDatabase } from "@/db/control/open";
import { UsageError } from "@/server/cli/exit-code";
import { bytesWords, entriesWords, type Progress } from "@/server/cli/progress";
import { verifyAudit } from "@/server/control/verify-audit";
import { newestMigration } from "@/server/schema-age";
import { BackupManifest, DATABASES, fingerprintFile, MANIFEST } from "./manifest";
import { readTarHeader, TAR_BLOCK, tarPadding } from "./tar";

const CHUNK = 1 << 20;
const MOST_MANIFEST = 1 << 20;

/**
 * Nothing appears in the directory under its name before all of it has been checked.
 *
 * @throws UsageError for a directory that holds an installation, and for a file that is no backup, is damaged, or was made
 *   by a newer version.
 */
export async function restoreBackup(given: {
  dataDir: string;
  file: string;
  progress: Progress;
}): Promise<BackupManifest> {
  const { dataDir, file, progress } = given;
  const there = DATABASES.find((name) => existsSync(join(dataDir, name)));
  if (there !== undefined) {
    throw new UsageError(`${join(dataDir, there)} exists: stop the installation and move its folder away first`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(dataDir, "restore-"));
  try {
    const manifest = extract({ file, folder, progress });
    for (const { name, size, sha256 } of manifest.files) {
      const found = await fingerprintFile(join(folder, name), progress);
      if (found.size !== size || found.sha256 !== sha256) throw damaged(file, `${name} is not what it was`);
    }
    await checkDatabases(manifest, { folder, file, progress });
    // The control database last: with it there is an installation.
    for (const { name } of manifest.files.toReversed()) renameSync(join(folder, name), join(dataDir, name));
    return manifest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Unpacks what the manifest names, and nothing else. */
function extract({ file, folder, progress }: { file: string; folder: string; progress: Progress }): BackupManifest {
  const archive = openArchive(file);
  try {
    const first = nextEntry(archive, file);
    if (first?.name !== MANIFEST || first.size > MOST_MANIFEST)
      throw damaged(file, "it does not begin with a manifest");
    const manifest = parseManifest(readBytes(archive, first.size, file).toString(), file);
    skipPadding(archive, first.size);
    for (const { name, size } of manifest.files) {
      const entry = nextEntry(archive, file);
      if (entry?.name !== name || entry.size !== size) throw damaged(file, `${name} is missing`);
      copyOut(archive, { size, to: join(folder, name), file, progress });
      skipPadding(archive, size);
    }
    return manifest;
  } finally {
    closeSync(archive.handle);
  }
}

interface Archive {
  readonly handle: number;
  at: number;
}

function openArchive(file: string): Archive {
  try {
    return { handle: openSync(file, "r"), at: 0 };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function nextEntry(archive: Archive, file: string): ReturnType<typeof readTarHeader> {
  const header = readBytes(archive, TAR_BLOCK, file);
  try {
    return readTarHeader(header);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(file, error.message);
  }
}

function readBytes(archive: Archive, size: number, file: string): Buffer {
  const bytes = Buffer.alloc(size);
  const read = readSync(archive.handle, bytes, 0, size, archive.at);
  if (read !== size) throw damaged(file, "it ends too early");
  archive.at += size;
  return bytes;
}

function skipPadding(archive: Archive, size: number): void {
  archive.at += tarPadding(size).length;
}

function copyOut(
  archive: Archive,
  { size, to, file, progress }: { size: number; to: string; file: string; progress: Progress },
): void {
  const out = openSync(to, "wx", 0o600);
  try {
    for (let left = size; left > 0;) {
      const chunk = readBytes(archive, Math.min(CHUNK, left), file);
      for (let at = 0; at < chunk.length;) at += writeSync(out, chunk, at);
      left -= chunk.length;
      progress.say(`unpacking ${basename(to)}`, bytesWords(size - left, size));
    }
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
}

function parseManifest(text: string, file: string): BackupManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, "its manifest is no JSON");
  }
  const parsed = BackupManifest.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(file, `its manifest: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
}

async function checkDatabases(
  manifest: BackupManifest,
  { folder, file, progress }: { folder: string; file: string; progress: Progress },
): Promise<void> {
  for (const name of DATABASES) {
    if (!manifest.files.some((one) => one.name === name)) continue;
    const ours = newestMigration(name === "control.db" ? "control" : "telemetry");
    if (newestApplied(join(folder, name)) > ours) {
      throw new UsageError(
        `${file} was made by version ${manifest.version}, which is newer: install that version first`,
      );
    }
  }
  const control = openControlDatabase(join(folder, "control.db"));
  const audit = await verifyAudit(control, (entries) => progress.say("verifying", entriesWords(entries)));
  control.$client.pragma("journal_mode = DELETE");
  control.$client.close();
  const { entries, valid, head } = manifest.audit;
  if (audit.entries !== entries || audit.head !== head || audit.valid !== valid) {
    throw damaged(file, "its audit log is not the one that was backed up");
  }
}

/** When the newest migration that was applied to a database was made, epoch ms. */
function newestApplied(path: string): number {
  const client = openControlDatabase(path).$client;
  try {
    const newest = client.prepare<[], number | null>("SELECT max(created_at) FROM __drizzle_migrations").pluck().get();
    client.pragma("journal_mode = DELETE");
    return newest ?? 0;
  } finally {
    client.close();
  }
}

function damaged(file: string, what: string): UsageError {
  return new UsageError(`${file} is no whole backup of Switchback: ${what}`);
}
