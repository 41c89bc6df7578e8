/**
 * Hands one message to a mail server (SMTP, RFC 5321): encrypted unless the server is trusted by name, at an address that
 * the installation may call, within its time. What fails says what follows from it, and never a secret.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { createTransport } from "nodemailer";
import type { MailSettings } from "@/server/domain/notification/route";
import { DeliveryFailure } from "@/server/integrations/notify/delivery-failure";
import type { OutboundSettings } from "@/server/integrations/notify/outbound";
import { withoutSecret } from "@/server/integrations/notify/without-secret";
import type { MailMessage } from "./mail-message";

interface Sending {
  readonly settings: MailSettings;
  /** Empty where the server asks nobody. */
  readonly password: string;
  readonly outbound: OutboundSettings;
  readonly signal: AbortSignal;
}

/** @throws DeliveryFailure when the server did not take it for everybody. */
export async function sendMail(message: MailMessage, sending: Sending): Promise<void> {
  const { settings, password, outbound, signal } = sending;
  const server = `${settings.host}:${settings.port}`;
  const transport = createTransport({
    ...(await connectionOf(sending)),
    ...(settings.user === null ? {} : { auth: { user: settings.user, pass: password } }),
    connectionTimeout: outbound.timeoutMs,
    greetingTimeout: outbound.timeoutMs,
    socketTimeout: outbound.timeoutMs,
    // A message is only what is in it: nothing is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => transport.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { rejected } = await transport.sendMail({ ...message, to: [...message.to] });
    if (rejected.length > 0) {
      throw new DeliveryFailure("never", `${server} refused ${rejected.join(", ")}; the others got it`);
    }
  } catch (error) {
    if (error instanceof DeliveryFailure) throw error;
    throw failureOf(error, { server, settings, password });
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

/** Connects to the address that was checked, and still asks for the certificate of the name. */
async function connectionOf({ settings, outbound }: Sending) {
  const { host, port, security } = settings;
  const isTrusted = outbound.guard.isTrusted(host);
  if (security === "none" && !isTrusted) {
    throw new DeliveryFailure("later", `${host} is not sent to without TLS: use starttls or tls, or allow the host`);
  }
  const address = await addressOf(host, { isTrusted, outbound });
  return {
    host: address,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
  };
}

async function addressOf(
  host: string,
  { isTrusted, outbound }: { isTrusted: boolean; outbound: OutboundSettings },
): Promise<string> {
  const found = await lookup(host, { all: true }).catch((error: unknown) => {
    throw new DeliveryFailure("later", `${host} could not be found: ${codeOf(error)}`);
  });
  const allowed = found.find(({ address }) => isTrusted || outbound.guard.allowsAddress(address));
  if (allowed !== undefined) return allowed.address;
  throw new DeliveryFailure("later", `${host} is no public address: allow it with SWITCHBACK_OUTBOUND_ALLOW`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown reason";
}

/** Shown of what the server says. */
const SHOWN = 200;

function failureOf(
  error: unknown,
  { server, settings, password }: { server: string; settings: MailSettings; password: string },
): DeliveryFailure {
  const answer =
    error instanceof Error && "response" in error && typeof error.response === "string" ? error.response : "";
  const status = /^[2-5]\d\d/.exec(answer)?.[0] ?? "";
  if (status === "") return new DeliveryFailure("later", `${server} could not be used: ${codeOf(error)}`);
  const said = withoutCredentials(answer, { user: settings.user ?? "", password })
    .replaceAll(/\s+/g, " ")
    .trim();
  const message = `${server} answered ${said.slice(0, SHOWN)}`;
  // 5xx about the message or its people will be said again; about signing in or the connection it can be repaired.
  const isForGood = status.startsWith("5") && ["EENVELOPE", "EMESSAGE"].includes(codeOf(error));
  return new DeliveryFailure(isForGood ? "never" : "later", message);
}

/** As it is, and in the two forms in which it is sent (RFC 4616, LOGIN). */
function withoutCredentials(text: string, { user, password }: { user: string; password: string }): string {
  const base64 = (plain: string): string => Buffer.from(plain).toString("base64");
  const forms = password === "" ? [] : [password, base64(password), base64(`\0${user}\0${password}`)];
  return forms.reduce((safe, form) => withoutSecret(safe, form), text);
}
