/** Reads commits: files, their content, authors, and what is in a branch. The repository may be a mirror or a working copy. */
import { runGit, type GitSettings } from "./git-command";

/** A file of a commit. */
interface TreeEntry {
  readonly path: string;
  /** `100644`, `100755`; links and submodules are left out. */
  readonly mode: string;
  readonly blob: string;
  readonly sizeBytes: number;
}

interface CommitFacts {
  readonly commit: string;
  /** `Ana <ana@example.org>`. */
  readonly author: string;
  readonly committedAtMs: number;
}

/** A place where commits can be read. */
export interface CommitReader {
  /** The full id of a commit, or undefined when the name is none. */
  resolve: (name: string) => Promise<string | undefined>;
  /** Files below the paths, by path; a path that does not exist has none. */
  listFiles: (commit: string, paths: readonly string[]) => Promise<TreeEntry[]>;
  /** Names of the folders directly in a folder; the empty path is the root. */
  listFolders: (commit: string, folder: string) => Promise<string[]>;
  /** Contents by blob id. */
  readBlobs: (blobs: readonly string[]) => Promise<Map<string, Buffer>>;
  /** Facts of the commit; with paths, of the newest commit up to it that changed one of them. */
  describe: (commit: string, paths?: readonly string[]) => Promise<CommitFacts | undefined>;
  /** Whether `commit` is `head` or one of its ancestors. */
  isIn: (commit: string, head: string) => Promise<boolean>;
  /** The newest commit up to `head` whose message has the line. */
  findMessage: (head: string, line: string) => Promise<string | undefined>;
}

/** A prompt of a megabyte is a mistake: larger files are not read. */
export const MOST_FILE_BYTES = 1024 * 1024;

/** Reads the repository in `directory`. */
export function createCommitReader(settings: GitSettings, directory: string): CommitReader {
  const git = (args: readonly string[], more: { input?: string; answers?: readonly number[] } = {}) =>
    runGit(settings, { directory, args, ...more });
  return {
    resolve: async (name) => {
      const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
      const { code, stdout } = await git(args, { answers: [1] });
      return code === 0 ? stdout.toString("utf8").trim() : undefined;
    },
    listFiles: async (commit, paths) => {
      if (paths.length === 0) return [];
      const { stdout } = await git(["ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", ...paths]);
      return stdout.toString("utf8").split("\0").flatMap(parseEntry);
    },
    listFolders: async (commit, folder) => {
      const where = folder === "" ? [] : ["--", `${folder}/`];
      const { stdout } = await git(["ls-tree", "-d", "-z", "--name-only", "--full-tree", commit, ...where]);
      return stdout
        .toString("utf8")
        .split("\0")
        .filter(Boolean)
        .map((path) => path.slice(path.lastIndexOf("/") + 1));
    },
    readBlobs: async (blobs) => {
      if (blobs.length === 0) return new Map();
      const { stdout } = await git(["cat-file", "--batch"], { input: `${[...new Set(blobs)].join("\n")}\n` });
      return parseBatch(stdout);
    },
    describe: async (commit, paths = []) => {
      const format = "--format=%H%x00%an <%ae>%x00%ct";
      const { stdout } = await git(["log", "-n", "1", format, "--end-of-options", commit, "--", ...paths]);
      return parseFacts(stdout.toString("utf8"));
    },
    isIn: async (commit, head) => {
      const { code } = await git(["merge-base", "--is-ancestor", commit, head], { answers: [1, 128] });
      return code === 0;
    },
    findMessage: async (head, line) => {
      const args = ["log", "-n", "1", "--format=%H", "--fixed-strings", `--grep=${line}`, "--end-of-options", head];
      const found = (await git(args)).stdout.toString("utf8").trim();
      return found === "" ? undefined : found;
    },
  };
}

/** `100644 blob 3b18e5…     12\tprompts/a@1.md` */
function parseEntry(line: string): TreeEntry[] {
  const [, mode, blob, size, path] = /^(100\d{3}) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
  if (mode === undefined || blob === undefined || path === undefined) return [];
  return [{ path, mode, blob, sizeBytes: Number(size) }];
}

/** Each object is `<id> blob <size>\n<bytes>\n`; one that is missing is a single line. */
function parseBatch(output: Buffer): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    if (end === -1) break;
    const [id = "", type, size] = output.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (type !== "blob" || size === undefined) continue;
    contents.set(id, output.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return contents;
}

function parseFacts(text: string): CommitFacts | undefined {
  const [commit = "", author = "", seconds] = text.trim().split("\0");
  if (commit === "" || seconds === undefined) return undefined;
  return { commit, author: author.slice(0, 512), committedAtMs: Number(seconds) * 1000 };
}
