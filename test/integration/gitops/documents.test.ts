/** What newcomers and pipelines run: the document's commands and the example pipelines' shell, as they stand. */
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { APP, ON_PRODUCTION } from "@/test/integration/control/fixtures";
import { startGitServer, type GitServer } from "./git-server";
import { git, manifest, newFolder, prompt, release, type Remote } from "./remote";
import { firstCommit, MANIFEST } from "./story";

const COMMAND = join(process.cwd(), "dist", "switchback.js");

/** A folder for PATH in which `switchback` is the built command. */
function commandFolder(): string {
  const folder = newFolder("bin");
  writeFileSync(join(folder, "switchback"), `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`);
  chmodSync(join(folder, "switchback"), 0o755);
  return folder;
}

interface Ran {
  code: number;
  out: string;
}

/** As the runners start it: stops at the first failure, also within a pipe. */
async function shell(
  script: string,
  { cwd, environment }: { cwd: string; environment: Record<string, string> },
): Promise<Ran> {
  const options = {
    cwd,
    timeout: 110_000,
    env: {
      PATH: `${commandFolder()}:${process.env["PATH"] ?? ""}`,
      HOME: newFolder("home"),
      NODE_ENV: "test" as const,
      LC_ALL: "C",
      ...environment,
    },
  };
  return promisify(execFile)("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout + error.stderr,
    }),
  );
}

test("docs/gitops.md takes a newcomer from an empty repository to a gated, drift-watched release and back", async () => {
  const server = await startGitServer();
  const document = readFileSync("docs/gitops.md", "utf8");
  const blocks = [...document.matchAll(/<!-- run:gitops -->\n+```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThanOrEqual(8);
  const work = newFolder("newcomer");
  const environment = {
    SWITCHBACK_URL: server.url,
    SWITCHBACK_DATA_DIR: server.dataDir,
    WORK: work,
  };
  const { code, out } = await shell(blocks.join("\n"), { cwd: work, environment });
  expect(out).toContain("production: moved: serves");
  expect(out).toContain("error version_reused: support/answer@1.0 is part of release");
  expect(out).toMatch(/→ production: [0-9a-f]{10} → [0-9a-f]{10} \(helpdesk@1\.1\): a rollout under policy helpdesk/);
  expect(out).toContain("Promote: every check passed.");
  expect(out).toMatch(/production: started: rollout rol_\w+ is canary: all gates passed/);
  expect(out).toMatch(/gitops: revert\(production\): [0-9a-f]{10} -> [0-9a-f]{10}/);
  expect(out).toContain("1 file changed, 1 insertion(+), 1 deletion(-)");
  expect(out.trimEnd()).toMatch(/production: helpdesk@1\.0 {3}# the first one$/);
  expect(code).toBe(0);
}, 120_000);

/** The two ways in which the examples are written. */
const EXAMPLES = [
  {
    host: "GitHub Actions",
    scripts: (job: "plan" | "apply") => {
      const { env, jobs } = parse(readFileSync("docs/examples/github-actions.yml", "utf8")) as GithubWorkflow;
      const steps = jobs[job].steps.flatMap(({ run }) => run ?? []);
      return { scripts: steps, environment: constants(env) };
    },
    commit: (sha: string) => ({ GITHUB_SHA: sha }),
  },
  {
    host: "GitLab CI",
    scripts: (job: "plan" | "apply") => {
      const pipeline = parse(readFileSync("docs/examples/gitlab-ci.yml", "utf8")) as GitlabPipeline;
      return { scripts: [pipeline[job].script.join("\n")], environment: constants(pipeline.variables) };
    },
    commit: (sha: string) => ({ CI_COMMIT_SHA: sha }),
  },
] as const;

interface GithubWorkflow {
  env: Record<string, string>;
  jobs: Record<"plan" | "apply", { steps: { run?: string }[] }>;
}
type GitlabPipeline = Record<"plan" | "apply", { script: string[] }> & { variables: Record<string, string | number> };

/** What the file itself sets; what it takes from the host (`${{ … }}`) the test gives. */
function constants(variables: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([, value]) => !String(value).includes("${{"))
      .map(([name, value]) => [name, String(value)]),
  );
}

const POLICY = `gates:
  quality: { min: 0.8 }
steps:
  - { canary: 10% }
`;

interface Job {
  name: "plan" | "apply";
  /** What the runner has checked out. */
  branch: string;
  /** What the evaluation of the repository finds. */
  quality?: number;
}

describe.each(EXAMPLES)("the pipeline of $host", ({ scripts, commit }) => {
  /** A repository and an installation as the pipeline finds them; each job runs in a checkout of its own. */
  async function pipeline(): Promise<{ server: GitServer; remote: Remote; run: (job: Job) => Promise<Ran> }> {
    const server = await startGitServer();
    const remote = firstCommit();
    remote.push({ "models/deploy-assistant/promotion-policy.yaml": POLICY });
    const admin = server.tokenFor({ role: "admin" });
    await server.call(admin, "PUT", `/api/v1/applications/${APP}/git`, { remote: remote.path, pollSeconds: 5 });
    await server.call(admin, "POST", `/api/v1/applications/${APP}/git/apply`, {});
    const token = server.tokenFor({ scopes: ["ci"] });
    const run = async ({ name, branch, quality = 0.9 }: Job): Promise<Ran> => {
      const cwd = newFolder("checkout");
      git(cwd, "clone", "--quiet", "--branch", branch, remote.path, ".");
      writeFileSync(join(cwd, "evaluate.sh"), `#!/bin/sh\necho '{"quality": ${quality}}'\n`);
      chmodSync(join(cwd, "evaluate.sh"), 0o755);
      const { scripts: steps, environment } = scripts(name);
      const given = {
        SWITCHBACK_URL: server.url,
        SWITCHBACK_TOKEN: token,
        GITHUB_STEP_SUMMARY: join(cwd, "summary.md"),
      };
      let out = "";
      for (const step of steps) {
        const ran = await shell(step, {
          cwd,
          environment: { ...environment, ...given, ...commit(remote.head(branch) ?? "") },
        });
        out += ran.out;
        if (ran.code !== 0) return { code: ran.code, out };
      }
      return { code: 0, out };
    };
    return { server, remote, run };
  }

  test("plans, gates, and applies after the merge", async () => {
    const { server, remote, run } = await pipeline();
    propose(remote);
    const planned = await run({ name: "plan", branch: "work" });
    expect(planned.out).toMatch(/→ production: .* a rollout under policy deploy-assistant/);
    expect(planned.out).toContain("Promote: every check passed.");
    expect(planned.code).toBe(0);
    git(remote.path, "update-ref", "refs/heads/main", "refs/heads/work");
    const applied = await run({ name: "apply", branch: "main" });
    expect(applied.out).toMatch(/production: started: rollout rol_\w+ is canary: all gates passed/);
    expect(applied.code).toBe(0);
    expect(findLiveRollout(server.world.db, ON_PRODUCTION)).toMatchObject({ state: "canary" });
  });

  test("stops at a gate that says no, and at a plan that is refused", async () => {
    const { remote, run } = await pipeline();
    propose(remote);
    const gated = await run({ name: "plan", branch: "work", quality: 0.7 });
    expect(gated.out).toContain("Refuse: a check failed.");
    expect(gated.code).toBe(1);
    remote.push({ "prompts/support/answer@1.9.md": prompt("1.9", "Other text.") }, { branch: "work2" });
    const refused = await run({ name: "plan", branch: "work2" });
    expect(refused.out).toContain("version_reused");
    expect(refused.code).toBe(1);
  });
});

/** A pull request's branch: release 1.10 on production. */
function propose(remote: Remote): void {
  const files = {
    "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly."),
    "models/deploy-assistant/1.10.yaml": release("1.10"),
    [MANIFEST]: manifest("deploy-assistant@1.10"),
  };
  remote.push(files, { branch: "work", author: "Bo <bo@example.org>" });
}
