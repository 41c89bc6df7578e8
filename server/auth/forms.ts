/**
 * The three plain HTML forms: sign in, sign out, first set-up. They work without scripts, answer with redirects, and
 * must never say more than that something did not match.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Auth } from "./auth";
import { CLIENT_IP_HEADER } from "./auth";
import { isSameOrigin } from "./same-origin";
import type { FirstRun } from "./first-run";

const FORM_LIMIT_BYTES = 16 * 1024;

/** Answers a form post, or returns false when the path is none of the three. */
export async function handleForm(
  deps: { auth: Auth; firstRun: FirstRun; publicUrl: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const pathname = request.url?.split("?")[0] ?? "";
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
  call: { request: IncomingMessage; path: string; body: Record<string, string> },
): Promise<Response> {
  const headers = new Headers({ "content-type": "application/json" });
  for (const name of ["host", "origin", "cookie", "user-agent", CLIENT_IP_HEADER]) {
    const value = call.request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
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
