/** A notification as a Slack message for an incoming webhook: Block Kit, links only, nothing that acts by itself. */
import type { NotificationEvent } from "@/server/domain/notification/event";
import { toRfc3339 } from "@/server/domain/time";
import { cut, factsOf, titleOf } from "@/server/integrations/notify/kind-words";
import type { OutboundRequest } from "@/server/integrations/notify/outbound";

/** Limits of Block Kit. */
const HEADER = 150;
const SECTION = 3_000;
const BUTTON = 75;
const URL_LENGTH = 3_000;
const BUTTONS = 5;

/** @param url the incoming webhook's address, a secret. */
export function slackMessage(
  event: NotificationEvent,
  { url, baseUrl }: { url: string; baseUrl: string },
): OutboundRequest {
  const title = cut(titleOf(event), HEADER);
  const facts = factsOf(event).map(([name, value]) => `*${name}* ${escapeMrkdwn(value)}`);
  const links = [{ label: "Open", path: event.path }, ...event.actions].slice(0, BUTTONS);
  const blocks = [
    { type: "header", text: { type: "plain_text", text: title, emoji: false } },
    { type: "section", text: { type: "mrkdwn", text: cut(escapeMrkdwn(event.sentence), SECTION) } },
    {
      type: "context",
      elements: [{ type: "mrkdwn", text: cut([...facts, toRfc3339(event.atMs)].join("  ·  "), SECTION) }],
    },
    {
      type: "actions",
      elements: links.map(({ label, path }, index) => ({
        type: "button",
        action_id: `link-${index}`,
        text: { type: "plain_text", text: cut(label, BUTTON), emoji: false },
        url: cut(`${baseUrl}${path}`, URL_LENGTH),
      })),
    },
  ];
  const body = JSON.stringify({ text: cut(`${title}. ${escapeMrkdwn(event.sentence)}`, SECTION), blocks });
  return { url, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

/** The three characters that mean something: with them a text could mention a whole channel. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
