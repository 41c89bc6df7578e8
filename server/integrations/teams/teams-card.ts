/** A notification as an Adaptive Card for a Teams Workflows webhook. */
import type { NotificationEvent } from "@/server/domain/notification/event";
import { toRfc3339 } from "@/server/domain/time";
import { cut, factsOf, titleOf } from "@/server/integrations/notify/kind-words";
import type { OutboundRequest } from "@/server/integrations/notify/outbound";

/** Cards are refused above about 28 kB; texts are cut far below. */
const TEXT = 4_000;

/** @param url the workflow's address, a secret. */
export function teamsCard(
  event: NotificationEvent,
  { url, baseUrl }: { url: string; baseUrl: string },
): OutboundRequest {
  const facts = [...factsOf(event), ["at", toRfc3339(event.atMs)] as const];
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      { type: "TextBlock", text: cut(plain(titleOf(event)), 300), size: "Large", weight: "Bolder", wrap: true },
      { type: "TextBlock", text: cut(plain(event.sentence), TEXT), wrap: true },
      { type: "FactSet", facts: facts.map(([title, value]) => ({ title, value: plain(value) })) },
    ],
    actions: [{ label: "Open", path: event.path }, ...event.actions].map(({ label, path }) => ({
      type: "Action.OpenUrl",
      title: label,
      url: `${baseUrl}${path}`,
    })),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card };
  return {
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ type: "message", attachments: [attachment] }),
  };
}

/** Cards read Markdown: a link's brackets are made harmless. */
function plain(text: string): string {
  return text.replaceAll(/[[\]]/g, String.raw`\$&`);
}
