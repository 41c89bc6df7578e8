/** Opens a pull request (merge request) on GitHub or GitLab, or finds the one that is open already. */
import { z } from "zod";
import { parseRemote } from "@/server/domain/gitops/remote";
import type { GitRepository } from "@/server/domain/gitops/repository";

/** A branch to be merged. */
export interface Proposal {
  readonly branch: string;
  readonly into: string;
  readonly title: string;
  readonly body: string;
}

/** The host of a repository, as far as requests are opened on it. */
export interface GitHost {
  readonly kind: "github" | "gitlab";
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly webUrl: string;
  /** `acme/prompts`. */
  readonly project: string;
}

/**
 * `opened`: there is a request; `by_hand`: the host does not take one from us, the address is where a person opens it.
 */
export interface ProposalOutcome {
  readonly kind: "opened" | "by_hand";
  readonly url: string;
  readonly message: string;
}

const TIMEOUT_MS = 10_000;

/** The host by the remote's name, or by what the settings say; undefined for a bare or another remote. */
export function hostOf({ remote, host }: Pick<GitRepository, "remote" | "host">): GitHost | undefined {
  const read = parseRemote(remote);
  if ("problem" in read || read.host === null) return undefined;
  const name = read.host.replace(/:\d+$/, "");
  const kind = host?.kind ?? kindOf(name);
  if (kind === undefined) return undefined;
  const webUrl = `https://${name}`;
  const standard =
    kind === "gitlab" ? `${webUrl}/api/v4` : name === "github.com" ? "https://api.github.com" : `${webUrl}/api/v3`;
  return { kind, apiUrl: (host?.apiUrl ?? standard).replace(/\/+$/, ""), webUrl, project: read.path };
}

function kindOf(name: string): GitHost["kind"] | undefined {
  if (name === "github.com") return "github";
  return name === "gitlab.com" || name.startsWith("gitlab.") ? "gitlab" : undefined;
}

/** Where a person opens the request. */
export function compareUrl(
  { kind, webUrl, project }: GitHost,
  { branch, into }: Pick<Proposal, "branch" | "into">,
): string {
  if (kind === "github") return `${webUrl}/${project}/compare/${inPath(into)}...${inPath(branch)}?expand=1`;
  const query = new URLSearchParams({ "merge_request[source_branch]": branch, "merge_request[target_branch]": into });
  return `${webUrl}/${project}/-/merge_requests/new?${query.toString()}`;
}

function inPath(branch: string): string {
  return branch.split("/").map(encodeURIComponent).join("/");
}

/** @throws Error when the host does not answer or is in trouble: then it is worth trying again. */
export async function openPullRequest(
  host: GitHost,
  { proposal, token, signal }: { proposal: Proposal; token: string; signal: AbortSignal },
): Promise<ProposalOutcome> {
  const send = sender(host, { token, signal });
  const answer =
    host.kind === "github" ? await createOnGithub(host, proposal, send) : await createOnGitlab(host, proposal, send);
  if (answer.url !== undefined) return { kind: "opened", url: answer.url, message: `${answer.url} waits to be merged` };
  const url = compareUrl(host, proposal);
  return {
    kind: "by_hand",
    url,
    message: `the host took no request (${answer.why ?? "no reason given"}): open one at ${url}`,
  };
}

interface Answer {
  status: number;
  body: unknown;
}
type Send = (method: "GET" | "POST", path: string, body?: unknown) => Promise<Answer>;
interface Created {
  url?: string | undefined;
  why?: string;
}

const GithubRequest = z.object({ html_url: z.string() });
const GitlabRequest = z.object({ web_url: z.string() });

async function createOnGithub({ project }: GitHost, proposal: Proposal, send: Send): Promise<Created> {
  const { branch: head, into: base, title, body } = proposal;
  const created = await send("POST", `/repos/${project}/pulls`, {
    title,
    head,
    base,
    body,
    maintainer_can_modify: false,
  });
  if (created.status === 201) return { url: GithubRequest.parse(created.body).html_url };
  if (created.status !== 422) return { why: whyOf(created) };
  // Most often there is one already; sometimes the host says so and there is none.
  const query = new URLSearchParams({ head: `${project.split("/")[0] ?? ""}:${head}`, base, state: "open" });
  const open = await send("GET", `/repos/${project}/pulls?${query.toString()}`);
  return { url: firstOf(GithubRequest, open)?.html_url, why: whyOf(created) };
}

async function createOnGitlab({ project }: GitHost, proposal: Proposal, send: Send): Promise<Created> {
  const { branch, into, title, body } = proposal;
  const path = `/projects/${encodeURIComponent(project)}/merge_requests`;
  const fields = { source_branch: branch, target_branch: into, title, description: body, remove_source_branch: true };
  const created = await send("POST", path, fields);
  if (created.status === 201) return { url: GitlabRequest.parse(created.body).web_url };
  if (created.status !== 409) return { why: whyOf(created) };
  const query = new URLSearchParams({ source_branch: branch, target_branch: into, state: "opened" });
  const open = await send("GET", `${path}?${query.toString()}`);
  return { url: firstOf(GitlabRequest, open)?.web_url, why: whyOf(created) };
}

function firstOf<T>(schema: z.ZodType<T>, { body }: Answer): T | undefined {
  const list = z.array(z.unknown()).safeParse(body);
  const first = schema.safeParse(list.data?.[0]);
  return first.data;
}

const Refusal = z.object({ message: z.union([z.string(), z.array(z.string())]).optional() });

function whyOf({ status, body }: Answer): string {
  const message = Refusal.safeParse(body).data?.message;
  const words = message === undefined ? "" : ` ${[message].flat().join("; ")}`;
  return `${status}${words}`.slice(0, 300);
}

function sender({ kind, apiUrl }: GitHost, { token, signal }: { token: string; signal: AbortSignal }): Send {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "switchback",
    ...(kind === "github"
      ? {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${token}`,
          "x-github-api-version": "2022-11-28",
        }
      : { accept: "application/json", "private-token": token }),
  };
  const { host } = new URL(apiUrl);
  return async (method, path, body) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers,
      // A token goes to the host that was named, and to no other.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`${host} does not answer: ${causeOf(error)}`, { cause: error });
    });
    const text = await response.text();
    if (response.status === 429 || response.status >= 500) throw new Error(`${host} answered ${response.status}`);
    return { status: response.status, body: parseJson(text) };
  };
}

/** `fetch` hides what happened in its error's cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
