/**
 * A notification as an e-mail: plain text, the same as simple HTML, and headers by which mail programs put everything
 * about one incident into one conversation and sort out what came twice.
 */
import type { NotificationEvent } from "@/server/domain/notification/event";
import type { MailSettings } from "@/server/domain/notification/route";
import { toRfc3339 } from "@/server/domain/time";
import { cut, factsOf, titleOf } from "@/server/integrations/notify/kind-words";

/** As it is handed to the mail library, without anything of the server it goes to. */
export interface MailMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** The same at every attempt (RFC 5322 Message-ID). */
  readonly messageId: string;
  /** The conversation that it belongs to; absent for what stands alone. */
  readonly inReplyTo?: string;
  readonly references?: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

interface MailContext {
  readonly settings: Pick<MailSettings, "from" | "to">;
  /** `msg_17`: the row of the outbox. */
  readonly messageId: string;
  readonly baseUrl: string;
  readonly nowMs: number;
}

/** RFC 5322 allows 998 characters a line; people read the first hundred. */
const SUBJECT = 150;

export function mailMessage(event: NotificationEvent, context: MailContext): MailMessage {
  const { settings, messageId, baseUrl, nowMs } = context;
  const host = new URL(baseUrl).hostname;
  const thread = threadOf(event);
  const root = thread === undefined ? undefined : `<${thread}@${host}>`;
  return {
    from: settings.from,
    to: settings.to,
    subject: cut(subjectOf(event), SUBJECT),
    messageId: `<${messageId}@${host}>`,
    // The root is nobody's message: whoever comes in late still finds the rest beside it.
    ...(root === undefined ? {} : { inReplyTo: root, references: root }),
    date: new Date(nowMs),
    // No holiday notes in answer (RFC 3834; the second is what Exchange looks at).
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    text: textOf(event, baseUrl),
    html: htmlOf(event, baseUrl),
  };
}

function threadOf({ incidentId, rolloutId }: NotificationEvent): string | undefined {
  return incidentId ?? rolloutId;
}

/** One subject for everything about an incident: mail programs tell conversations apart by it as well. */
function subjectOf(event: NotificationEvent): string {
  const { application, incidentTitle } = event;
  return incidentTitle === undefined ? titleOf(event) : `[${application}] ${incidentTitle}`;
}

function linksOf({ path, actions }: NotificationEvent, baseUrl: string): { label: string; url: string }[] {
  return [{ label: "Open", path }, ...actions].map((link) => ({ label: link.label, url: `${baseUrl}${link.path}` }));
}

function detailsOf(event: NotificationEvent): [string, string][] {
  return [...factsOf(event), ["at", toRfc3339(event.atMs)]];
}

function textOf(event: NotificationEvent, baseUrl: string): string {
  return [
    titleOf(event),
    "",
    event.sentence,
    "",
    ...detailsOf(event).map(([name, value]) => `${name}: ${value}`),
    "",
    ...linksOf(event, baseUrl).map(({ label, url }) => `${label}: ${url}`),
    "",
  ].join("\n");
}

function htmlOf(event: NotificationEvent, baseUrl: string): string {
  const facts = detailsOf(event).map(
    ([name, value]) =>
      `<tr><td style="padding-right:12px;color:#565b64">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  const links = linksOf(event, baseUrl).map(
    ({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`,
  );
  return [
    `<!doctype html><html lang="en"><body style="font-family:system-ui,sans-serif">`,
    `<h1 style="font-size:18px">${escapeHtml(titleOf(event))}</h1>`,
    `<p>${escapeHtml(event.sentence)}</p>`,
    `<table style="border-collapse:collapse">${facts.join("")}</table>`,
    `<p>${links.join(" &middot; ")}</p>`,
    "</body></html>",
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
