/**
 * One POST to a receiver outside: bounded in time and size, without redirects, and only to addresses that the installation
 * may call, checked on the very address that is connected to.
 */
import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressGuard } from "./address-guard";
import { DeliveryFailure } from "./delivery-failure";

export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OutboundAnswer {
  readonly status: number;
  /** The first part of the answer. */
  readonly text: string;
  /** `Retry-After`, ms. */
  readonly retryAfterMs: number | undefined;
}

export interface OutboundSettings {
  readonly guard: AddressGuard;
  readonly timeoutMs: number;
}

const MOST_TEXT = 2_000;

/** @throws DeliveryFailure when no answer came, naming the host and never the path, which may be secret. */
export function sendOutbound(
  { url, headers, body }: OutboundRequest,
  { guard, timeoutMs, signal }: OutboundSettings & { signal: AbortSignal },
): Promise<OutboundAnswer> {
  const target = new URL(url);
  const hostname = target.hostname.replace(/^\[|\]$/g, "");
  const trusted = guard.isTrusted(hostname);
  if (isIP(hostname) !== 0 && !guard.allowsAddress(hostname)) throw refused(target.host);
  if (target.protocol !== "https:" && !trusted) {
    throw new DeliveryFailure("later", `${target.host} is not called without TLS: use https, or allow the host`);
  }
  const send = target.protocol === "https:" ? requestHttps : requestHttp;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((done, fail) => {
    const outgoing = send(
      target,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body), "user-agent": "Switchback" },
        lookup: trusted ? resolve : guardedLookup(guard, target.host),
        signal: stop,
        agent: false,
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MOST_TEXT) answer.destroy();
        });
        answer.on("error", () => undefined);
        answer.on("close", () =>
          done({
            status: answer.statusCode ?? 0,
            text: text.slice(0, MOST_TEXT),
            retryAfterMs: retryAfter(answer.headers["retry-after"]),
          }),
        );
      },
    );
    outgoing.on("error", (error) => fail(failureOf(error, { host: target.host, timeoutMs, stopped: signal.aborted })));
    outgoing.end(body);
  });
}

/** Resolves as usual, and refuses what may not be called. */
function guardedLookup(guard: AddressGuard, host: string): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const allowed = addresses.filter(({ address }) => guard.allowsAddress(address));
      const [first] = allowed;
      if (first === undefined) return callback(refused(host), "", 0);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string): DeliveryFailure {
  return new DeliveryFailure("later", `${host} is no public address: allow it with SWITCHBACK_OUTBOUND_ALLOW`);
}

function failureOf(error: Error, given: { host: string; timeoutMs: number; stopped: boolean }): Error {
  if (error instanceof DeliveryFailure || given.stopped) return error;
  const { host, timeoutMs } = given;
  if (error.name === "TimeoutError" || error.name === "AbortError") {
    return new DeliveryFailure("later", `${host} did not answer within ${timeoutMs / 1000} s`);
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return new DeliveryFailure("later", `${host} could not be reached: ${code}`);
}

/** Seconds or a date; at most an hour is waited for. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : undefined;
}
