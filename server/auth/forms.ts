/**
 * The three plain HTML forms: sign in, sign out, first set-up, and the link to single sign-on. They work without scripts,
 * answer with redirects, and
 * must never say more than that something did not match.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Auth } from "./auth";
import { CLIENT_IP_HEADER } from "./auth";
import { isSameOrigin } from "./same-origin";
import type { FirstRun } from "./first-run";
import { SSO_PROVIDER } from "./single-sign-on";

const FORM_LIMIT_BYTES = 16 * 1024;

/** Answers a form post or the way to single sign-on, or returns false when the path is none of them. */
export async function handleForm(
  deps: { auth: Auth; firstRun: FirstRun; publicUrl: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const pathname = request.url?.split("?")[0] ?? "";
  if (request.method === "GET" && pathname === "/sign-in/sso") {
    await startSingleSignOn(deps, request, response);
    return true;
  }
  if (request.method !== "POST" || !["/sign-in", "/sign-out", "/setup"].includes(pathname)) return false;
  // Browsers always announce a form's length; what does not is no form of ours.
  const announced = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (!isSameOrigin(request, deps.publicUrl) || announced > FORM_LIMIT_BYTES) {
    redirect(response, "/sign-in?error=foreign");
    return true;
  }
  const form = new URLSearchParams(await text(request));
  if (pathname === "/sign-in") await signIn(deps.auth, { request, response, form });
  else if (pathname === "/sign-out") await signOut(deps.auth, { request, response, form });
  else await setUp(deps, { request, response, form });
  return true;
}

interface Post {
  request: IncomingMessage;
  response: ServerResponse;
  form: URLSearchParams;
}

async function signIn(auth: Auth, { request, response, form }: Post): Promise<void> {
  const next = safePath(form.get("next"));
  const credentials = { email: form.get("email") ?? "", password: form.get("password") ?? "" };
  const answer = await callAuth(auth, { request, path: "/sign-in/email", body: credentials });
  if (answer.ok) {
    redirect(response, next, answer.headers.getSetCookie());
    return;
  }
  const error = answer.status === 429 ? "throttled" : "credentials";
  redirect(response, `/sign-in?${new URLSearchParams({ error, next }).toString()}`);
}

/**
 * Off to the identity provider. A link and not a form: pages may post forms to this server only, and the answer to one
 * that leads elsewhere would be stopped by the browser.
 */
async function startSingleSignOn(
  { auth, publicUrl }: { auth: Auth; publicUrl: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const next = safePath(new URL(request.url ?? "/", publicUrl).searchParams.get("next"));
  const body = { provider: SSO_PROVIDER, callbackURL: next, errorCallbackURL: "/sign-in?way=sso" };
  const origin = new URL(publicUrl).origin;
  const answer = await callAuth(auth, { request, path: "/sign-in/social", body, origin });
  const started = answer.ok ? Started.safeParse(await answer.json()) : undefined;
  if (started?.success === true) {
    redirect(response, started.data.url, answer.headers.getSetCookie());
    return;
  }
  const error = answer.status === 429 ? "throttled" : "provider_unreachable";
  redirect(response, `/sign-in?${new URLSearchParams({ way: "sso", error, next }).toString()}`);
}

const Started = z.object({ url: z.url() });

async function signOut(auth: Auth, { request, response }: Post): Promise<void> {
  const answer = await callAuth(auth, { request, path: "/sign-out", body: {} });
  redirect(response, "/sign-in", answer.headers.getSetCookie());
}

async function setUp(deps: { auth: Auth; firstRun: FirstRun }, post: Post): Promise<void> {
  const field = (name: string): string => post.form.get(name) ?? "";
  const outcome = await deps.firstRun.claim({
    code: field("code"),
    name: field("name"),
    email: field("email"),
    password: field("password"),
  });
  if (outcome !== "created") {
    redirect(post.response, `/setup?error=${outcome}`);
    return;
  }
  post.form.set("next", "/");
  await signIn(deps.auth, post);
}

/** Goes through the library's own handler, so that its throttling and origin checks hold for forms too. */
async function callAuth(
  auth: Auth,
  call: { request: IncomingMessage; path: string; body: Record<string, string>; origin?: string },
): Promise<Response> {
  const headers = new Headers({ "content-type": "application/json" });
  for (const name of ["host", "origin", "cookie", "user-agent", CLIENT_IP_HEADER]) {
    const value = call.request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  if (call.origin !== undefined) headers.set("origin", call.origin);
  const url = `http://${call.request.headers.host ?? "localhost"}/api/auth${call.path}`;
  return auth.handler(new Request(url, { method: "POST", headers, body: JSON.stringify(call.body) }));
}

function redirect(response: ServerResponse, location: string, setCookies: string[] = []): void {
  response.writeHead(303, { location, "cache-control": "no-store", "set-cookie": setCookies });
  response.end();
}

/** Only a path on this server: never an open redirect. */
function safePath(path: string | null): string {
  return path !== null && /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : "/";
}
