/** A notification as a signed webhook, by the Standard Webhooks scheme: any of its libraries verifies it. */
import { createHmac } from "node:crypto";
import type { NotificationEvent } from "@/server/domain/notification/event";
import { toRfc3339 } from "@/server/domain/time";
import { cut } from "@/server/integrations/notify/kind-words";
import { DeliveryFailure } from "@/server/integrations/notify/delivery-failure";
import type { OutboundRequest } from "@/server/integrations/notify/outbound";

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const LEAST_KEY = 24;
const MOST_KEY = 64;
/** Keeps the body below the 20 kB that the scheme recommends. */
const SENTENCE = 4_000;

/** What the receiver gets as `data`. Links are whole addresses; nothing in it needs a second call to be understood. */
function dataOf(
  { path, actions, atMs: _atMs, kind: _kind, sentence, ...event }: NotificationEvent,
  baseUrl: string,
): object {
  return {
    ...event,
    sentence: cut(sentence, SENTENCE),
    url: `${baseUrl}${path}`,
    actions: actions.map((action) => ({ label: action.label, url: `${baseUrl}${action.path}` })),
  };
}

/**
 * @param messageId the same at every attempt: receivers drop what they have seen.
 * @param secrets `whsec_…`, several apart by spaces: each signs, so that one can be replaced without a gap.
 * @throws DeliveryFailure when a secret is not one.
 */
export function standardWebhook(
  event: NotificationEvent,
  given: { url: string; secrets: string; messageId: string; baseUrl: string; nowMs: number },
): OutboundRequest {
  const { url, messageId, nowMs } = given;
  const body = JSON.stringify({
    type: event.kind,
    timestamp: toRfc3339(event.atMs),
    data: dataOf(event, given.baseUrl),
  });
  const timestamp = String(Math.floor(nowMs / 1000));
  const signed = `${messageId}.${timestamp}.${body}`;
  const signatures = given.secrets.split(/\s+/).map((secret) => `v1,${sign(keyOf(secret), signed)}`);
  return {
    url,
    headers: {
      "content-type": "application/json",
      "webhook-id": messageId,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures.join(" "),
    },
    body,
  };
}

function sign(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64");
}

function keyOf(secret: string): Buffer {
  const [, encoded] = SECRET.exec(secret) ?? [];
  const key = Buffer.from(encoded ?? "", "base64");
  if (key.length >= LEAST_KEY && key.length <= MOST_KEY) return key;
  throw new DeliveryFailure(
    "later",
    `the webhook's secret must be whsec_ and the base64 of ${LEAST_KEY} to ${MOST_KEY} bytes: repair it and resend`,
  );
}
