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
  readonly body: Buffer;
  readonly nowMs: number;
}

export interface WebhookAnswer {
  readonly status: 200 | 202;
  readonly body: { readonly accepted: boolean; readonly message: string };
}

const PushEvent = z.object({ ref: z.string() });

/**
 * Answers a webhook.
 *
 * @throws DomainError `unauthenticated` for a wrong or missing signature, for an application without a repository or
 *   without a webhook secret; `invalid_input` for a body that is no push event.
 */
export async function receivePush(deps: GitDeps, received: ReceivedWebhook): Promise<WebhookAnswer> {
  const { application, nowMs } = received;
  const repository = findRepository(deps.control, application);
  // One answer for everything that is not right: whoever does not know the secret learns nothing.
  if (repository?.webhookSecret === undefined) throw notSigned();
  const secret = await deps.git.secret(repository.webhookSecret);
  if (!isSigned(received, secret)) throw notSigned();
  const event = one(received.headers["x-github-event"]) ?? one(received.headers["x-gitlab-event"]) ?? "";
  if (event !== "push" && event !== "Push Hook") {
    return {
      status: 200,
      body: { accepted: false, message: `${event || "an event without a name"} is not a push: nothing to do` },
    };
  }
  if (readRef(received.body) !== `refs/heads/${repository.branch}`) {
    return { status: 200, body: { accepted: false, message: `only pushes to ${repository.branch} are followed` } };
  }
  requestGitCheck(deps.control, { application, nowMs });
  return { status: 202, body: { accepted: true, message: `${repository.branch} is looked at now` } };
}

function isSigned({ headers, body }: ReceivedWebhook, secret: string): boolean {
  const github = one(headers["x-hub-signature-256"]);
  if (github !== undefined) return isGithubSignature({ secret, body, header: github });
  const gitlab = one(headers["x-gitlab-token"]);
  return gitlab !== undefined && isGitlabToken({ secret, header: gitlab });
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

function notSigned(): DomainError {
  return new DomainError("unauthenticated", "the webhook is not signed with this application's webhook secret");
}

function readRef(body: Buffer): string {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new DomainError("invalid_input", "the webhook's body is not JSON: send it as application/json");
  }
  const parsed = PushEvent.safeParse(value);
  if (!parsed.success) throw new DomainError("invalid_input", "the webhook's body is no push event: it has no ref");
  return parsed.data.ref;
}
