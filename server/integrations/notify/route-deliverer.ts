/** Sends the rows of one route through its channel, and says what a failure means for them. */
import type { Deliverer } from "@/server/controller/outbox-delivery";
import { switchNotificationRoute } from "@/server/control/switch-notification-route";
import { controllerContext } from "@/server/controller/controller-context";
import { NotificationEvent } from "@/server/domain/notification/event";
import type { ChannelSettings } from "@/server/domain/notification/route";
import { pagerDutyEvents } from "@/server/integrations/pagerduty/pagerduty-events";
import { slackMessage } from "@/server/integrations/slack/slack-message";
import { teamsCard } from "@/server/integrations/teams/teams-card";
import { standardWebhook } from "@/server/integrations/webhook/standard-webhook";
import type { ControlDatabase } from "@/server/store/control/database";
import { findRoute } from "@/server/store/control/notifications";
import { mailMessage } from "@/server/integrations/email/mail-message";
import { sendMail } from "@/server/integrations/email/send-mail";
import { DeliveryFailure } from "./delivery-failure";
import { withoutSecret } from "./without-secret";
import { sendOutbound, type OutboundRequest, type OutboundSettings } from "./outbound";

export interface RouteDelivererDeps {
  readonly control: ControlDatabase;
  /** Where people open the product, without a trailing slash. */
  readonly baseUrl: string;
  /** @throws Error, naming the reference, when the secret is not there. */
  readonly secret: (reference: string) => Promise<string>;
  readonly outbound: OutboundSettings;
}

/** The first pause, how much longer each next one is, and the longest. */
const FIRST_MS = 5_000;
const FACTOR = 3;
const LONGEST_MS = 600_000;
/** About three days at the longest pause: then a person must look. */
const MOST_ATTEMPTS = 440;

/** The deliverer of `route:` targets. */
export function createRouteDeliverer(deps: RouteDelivererDeps): Deliverer {
  return {
    deliver: async (effect, { nowMs, signal }) => {
      const routeId = effect.target.slice("route:".length);
      const route = findRoute(deps.control, routeId);
      if (route === undefined) throw new DeliveryFailure("never", "the route was removed");
      if (!route.enabled)
        throw new DeliveryFailure("never", `the route is switched off: ${route.disabledReason ?? ""}`);
      const event = NotificationEvent.safeParse(effect.payload).data;
      if (event === undefined)
        throw new DeliveryFailure("never", "an older version queued it in a form that cannot be sent");
      const reference = secretOf(route.settings);
      const secret = reference === null ? "" : await deps.secret(reference);
      const message = { event, secret, messageId: `msg_${effect.id}`, baseUrl: deps.baseUrl, nowMs };
      try {
        await sendThrough(route.settings, { message, outbound: deps.outbound, signal });
      } catch (error) {
        if (error instanceof DeliveryFailure && error.kind === "gone") {
          const reason = `the receiver takes no messages any more: ${error.message}`;
          switchNotificationRoute(controllerContext(deps.control, nowMs), { routeId, enabled: false, reason });
        }
        throw error;
      }
    },
    retryAfterMs: ({ attempts, error }) => {
      const failure = error instanceof DeliveryFailure ? error : undefined;
      if (failure !== undefined && failure.kind !== "later") return "give_up";
      if (attempts >= MOST_ATTEMPTS) return "give_up";
      const pauseMs = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** Math.min(attempts - 1, 10));
      return Math.max(pauseMs, failure?.afterMs ?? 0);
    },
  };
}

/** Null for a mail server that asks nobody who they are. */
function secretOf(settings: ChannelSettings): string | null {
  switch (settings.channel) {
    case "slack":
    case "teams":
      return settings.url;
    case "pagerduty":
      return settings.routingKey;
    case "webhook":
      return settings.secret;
    case "email":
      return settings.password;
  }
}

interface Message {
  readonly event: NotificationEvent;
  /** The route's one secret: an address, a key, or what signs. */
  readonly secret: string;
  readonly messageId: string;
  readonly baseUrl: string;
  readonly nowMs: number;
}

interface Sending {
  readonly message: Message;
  readonly outbound: OutboundSettings;
  readonly signal: AbortSignal;
}

async function sendThrough(settings: ChannelSettings, { message, outbound, signal }: Sending): Promise<void> {
  const { event, secret, messageId, baseUrl, nowMs } = message;
  if (settings.channel === "email") {
    const mail = mailMessage(event, { settings, messageId, baseUrl, nowMs });
    await sendMail(mail, { settings, password: secret, outbound, signal });
    return;
  }
  for (const request of requestsOf(settings, message)) {
    await sendOne(request, { settings: outbound, secret, signal });
  }
}

function requestsOf(settings: Exclude<ChannelSettings, { channel: "email" }>, message: Message): OutboundRequest[] {
  const { event, secret, messageId, baseUrl, nowMs } = message;
  switch (settings.channel) {
    case "slack":
      return [slackMessage(event, { url: secret, baseUrl })];
    case "teams":
      return [teamsCard(event, { url: secret, baseUrl })];
    case "pagerduty":
      return pagerDutyEvents(event, { routingKey: secret, endpoint: settings.endpoint, baseUrl, messageId });
    case "webhook":
      return [standardWebhook(event, { url: settings.url, secrets: secret, messageId, baseUrl, nowMs })];
  }
}

/** The message is refused for what it is; no later attempt changes that. */
const NEVER: ReadonlySet<number> = new Set([400, 413, 422]);
const SHOWN = 200;

async function sendOne(
  request: OutboundRequest,
  { settings, secret, signal }: { settings: OutboundSettings; secret: string; signal: AbortSignal },
): Promise<void> {
  if (!URL.canParse(request.url)) {
    throw new DeliveryFailure("later", "the secret that should be an address is none: repair it");
  }
  const { status, text, retryAfterMs } = await sendOutbound(request, { ...settings, signal });
  if (status >= 200 && status < 300) return;
  const host = new URL(request.url).host;
  const said = withoutSecret(text, secret).replaceAll(/\s+/g, " ").trim().slice(0, SHOWN);
  const message = `${host} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 410) throw new DeliveryFailure("gone", message);
  throw new DeliveryFailure(NEVER.has(status) ? "never" : "later", message, retryAfterMs);
}
