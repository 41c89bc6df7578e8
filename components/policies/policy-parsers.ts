/** What of a policy is looked at, as the address bar holds it, for the server and the browser. */
import { createLoader, parseAsInteger, parseAsString, parseAsStringLiteral } from "nuqs/server";

export const policyParsers = {
  tab: parseAsStringLiteral(["rules", "edit", "versions"] as const).withDefault("rules"),
  /** A version to look at; the one in force without it. */
  version: parseAsInteger,
  /** A rollout to replay the draft on; the newest ones of the application without it. */
  rollout: parseAsString,
};

export const loadPolicyParams = createLoader(policyParsers);

/** The API's input: the version in force without a number. */
export function policyInput(name: string, version: number | null): { name: string; version?: number } {
  return version === null ? { name } : { name, version };
}
