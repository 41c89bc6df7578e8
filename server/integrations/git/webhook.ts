/**
 * Push webhooks of GitHub and GitLab: who sent them is checked, and a push to the tracked branch hurries the next check
 * of the repository. Nothing in a webhook is believed beyond that.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { DomainError } from "@/server/domain/errors";
import { findRepository, requestGitCheck } from "@/server/store/control/gitops";
import type { GitDeps } from "./plan-commit";

/** GitHub's `X-Hub-Signature-256`: `sha256=` and the HMAC of the body, hex. */
export function isGithubSignature({ secret, body, header }: { secret: string; body: Buffer; header: string }): boolean {
  const expected = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return isSame(header, expected);
}

/** GitLab's `X-Gitlab-Token`: the secret itself. */
export function isGitlabToken({ secret, header }: { secret: string; header: string }): boolean {
  return isSame(header, secret);
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A received webhook, before anything about it is believed. */
export interface ReceivedWebhook {
  readonly application: string;
  /** Lower-case names, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The raw bytes; asked for only where a signature came along. */
  readonly readBody: () => Promise<Buffer>;
  readonly nowMs: number;
}

/** Whether the repository is looked at now, and why not where it is not. */
export const WebhookAnswer = z.object({ accepted: z.boolean(), message: z.string() });
export type WebhookAnswer = z.output<typeof WebhookAnswer>;

const PushEvent = z.object({ ref: z.string() });

/**
 * Answers a webhook. One that comes twice, or is replayed, asks for the same check again: at most one is made per tick.
 *
 * @throws DomainError `unauthenticated` for a wrong or missing signature, for an application without a repository or
 *   without a webhook secret; `invalid_input` for a body that is no push event.
 */
export async function receivePush(deps: GitDeps, received: ReceivedWebhook): Promise<WebhookAnswer> {
  const { application, headers, nowMs } = received;
  const repository = findRepository(deps.control, application);
  // One answer for everything that is not right: whoever does not know the secret learns nothing.
  if (repository?.webhookSecret === undefined) throw notSigned();
  const secret = await deps.git.secret(repository.webhookSecret);
  const body = await readSigned(received, secret);
  const event = one(headers["x-github-event"]) ?? one(headers["x-gitlab-event"]) ?? "";
  if (event !== "push" && event !== "Push Hook") {
    return { accepted: false, message: `${event || "an event without a name"} is not a push: nothing to do` };
  }
  if (readRef(documentIn(body, headers)) !== `refs/heads/${repository.branch}`) {
    return { accepted: false, message: `only pushes to ${repository.branch} are followed` };
  }
  requestGitCheck(deps.control, { application, nowMs });
  return { accepted: true, message: `${repository.branch} is looked at now` };
}

/** The body of a webhook whose sender knows the secret. */
async function readSigned({ headers, readBody }: ReceivedWebhook, secret: string): Promise<Buffer> {
  const github = one(headers["x-hub-signature-256"]);
  const gitlab = one(headers["x-gitlab-token"]);
  if (github !== undefined) {
    const body = await readBody();
    if (isGithubSignature({ secret, body, header: github })) return body;
  } else if (gitlab !== undefined && isGitlabToken({ secret, header: gitlab })) return readBody();
  throw notSigned();
}

/** GitHub sends the document itself, or as the field `payload` of a form: what the hook's content type says. */
function documentIn(body: Buffer, headers: ReceivedWebhook["headers"]): string {
  const text = body.toString("utf8");
  const isForm = one(headers["content-type"])?.startsWith("application/x-www-form-urlencoded") === true;
  return isForm ? (new URLSearchParams(text).get("payload") ?? "") : text;
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

function notSigned(): DomainError {
  return new DomainError("unauthenticated", "the webhook is not signed with this application's webhook secret");
}

function readRef(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DomainError("invalid_input", "the webhook's body is not JSON: send it as application/json");
  }
  const parsed = PushEvent.safeParse(value);
  if (!parsed.success) throw new DomainError("invalid_input", "the webhook's body is no push event: it has no ref");
  return parsed.data.ref;
}
