/** The one entry through which server components reach the API: `const caller = await api()`. */
import { headers } from "next/headers";
import { cache } from "react";
import type { AppCaller } from "./caller";
import { readApiHandle, type InstallationFacts } from "./handle";

/** Procedures as the signed-in person, once per rendered request. Calls throw `TRPCError` as in the browser. */
export const api: () => Promise<AppCaller> = cache(async () => readApiHandle().callerFor(await headers()));

/** What the sign-in page calls the identity provider; undefined where no single sign-on is configured. */
export function singleSignOnName(): string | undefined {
  return readApiHandle().singleSignOnName;
}

/** The installation that renders the page. */
export function installation(): InstallationFacts {
  return readApiHandle().installation;
}
