/** `switchback backup` and `switchback restore`: everything an installation holds, in one file; both work without the server. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { restoreBackup } from "@/server/cli/backup/restore-backup";
import { takeBackup } from "@/server/cli/backup/take-backup";
import type { BackupManifest } from "@/server/cli/backup/manifest";
import type { Run, Session } from "@/server/cli/session";
import { countDigits } from "@/server/domain/words/count-words";

/** Adds `backup FILE` and `restore FILE`. */
export function addBackupCommands(program: Command, session: Session): void {
  program
    .command("backup")
    .description("write both databases and the keys of the data directory into one archive; the server may be running")
    .argument("<file>", "where to, e.g. switchback-2026-04-12.tar; it must not exist")
    .action(session.action(backup));
  program
    .command("restore")
    .description("put an archive into an empty data directory, after checking all of it")
    .argument("<file>", "an archive made by switchback backup")
    .action(session.action(restore));
}

async function backup(run: Run, { args: [file] }: { args: readonly [string] }): Promise<void> {
  const path = resolve(file);
  const manifest = await takeBackup({
    dataDir: run.dataDir,
    file: path,
    nowMs: run.io.nowMs(),
    progress: run.progress,
  });
  warnOfBrokenChain(run, manifest);
  run.print({ file: path, ...manifest }, () => [`${path}: ${contents(manifest)}`]);
}

async function restore(run: Run, { args: [file] }: { args: readonly [string] }): Promise<void> {
  const path = resolve(file);
  const manifest = await restoreBackup({ dataDir: run.dataDir, file: path, progress: run.progress });
  warnOfBrokenChain(run, manifest);
  run.print({ dataDir: run.dataDir, ...manifest }, () => [
    `${run.dataDir} is as it was at ${manifest.takenAt}: ${contents(manifest)}`,
    "Start the installation; it brings the databases up to date by itself.",
  ]);
}

function contents({ files, audit }: BackupManifest): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${files.length} files, ${countDigits(bytes)} bytes, ${countDigits(audit.entries)} audit entries with head ${audit.head}`;
}

/** A backup is taken all the same: it is then the evidence. */
function warnOfBrokenChain({ io }: Run, { audit }: BackupManifest): void {
  if (!audit.valid) io.err("switchback: the chain of the audit log is broken in it; see switchback audit verify\n");
}
