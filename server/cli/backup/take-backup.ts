/** Writes one archive of everything that an installation cannot make anew. The installation may be running. */
import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "@/server/cli/exit-code";
import { bytesWords, type Progress } from "@/server/cli/progress";
import { toRfc3339 } from "@/server/domain/time";
import { CODE_VERSION } from "@/server/version";
import { fingerprintFile, KEYS, MANIFEST, type BackupManifest } from "./manifest";
import { snapshot } from "./snapshot";
import { TAR_END, tarHeader, tarPadding } from "./tar";

/**
 * The archive appears under its name only when it is whole and on disk; a file that is there already is left alone.
 *
 * @throws UsageError for a file that exists, or a folder without an installation.
 */
export async function takeBackup(given: {
  dataDir: string;
  file: string;
  nowMs: number;
  progress: Progress;
}): Promise<BackupManifest> {
  const { dataDir, file, nowMs, progress } = given;
  if (existsSync(file)) throw new UsageError(`${file} exists: give the backup a name of its own`);
  // Beside the archive: there must be room for it there, and the last step is a rename.
  const folder = mkdtempSync(join(dirname(file), ".switchback-backup-"));
  try {
    const { names, audit } = await snapshot(dataDir, { folder, progress });
    const keys = KEYS.filter((name) => existsSync(join(dataDir, name)));
    for (const name of keys) copyFileSync(join(dataDir, name), join(folder, name));
    const files: BackupManifest["files"] = [];
    for (const name of [...names, ...keys]) {
      files.push({
        name: name as BackupManifest["files"][number]["name"],
        ...(await fingerprintFile(join(folder, name), progress)),
      });
    }
    const { entries, valid, head } = audit;
    const manifest: BackupManifest = {
      format: 1,
      version: CODE_VERSION,
      takenAt: toRfc3339(nowMs),
      files,
      audit: { entries, valid, head },
    };
    const partial = join(folder, "archive");
    await writeArchive({ partial, folder, manifest, nowMs, progress });
    renameSync(partial, file);
    return manifest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeArchive(given: {
  partial: string;
  folder: string;
  manifest: BackupManifest;
  nowMs: number;
  progress: Progress;
}): Promise<void> {
  const { partial, folder, manifest, nowMs, progress } = given;
  const ofBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const out = openSync(partial, "wx", 0o600);
  try {
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    writeAll(out, tarHeader({ name: MANIFEST, size: text.length, mtimeMs: nowMs }));
    writeAll(out, text);
    writeAll(out, tarPadding(text.length));
    for (const { name, size } of manifest.files) {
      writeAll(out, tarHeader({ name, size, mtimeMs: nowMs }));
      for await (const chunk of createReadStream(join(folder, name))) {
        writeAll(out, chunk as Buffer);
        bytes += (chunk as Buffer).length;
        progress.say("writing the archive", bytesWords(bytes, ofBytes));
      }
      writeAll(out, tarPadding(size));
    }
    writeAll(out, TAR_END);
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
