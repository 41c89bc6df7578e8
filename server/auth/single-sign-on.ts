/**
 * Single sign-on with an OpenID Connect provider: discovery, PKCE, nonce and verified ID tokens are the library's work.
 * This says who may come in and with which role, and writes both to the audit log.
 */
import type { BetterAuthOptions } from "better-auth";
import { genericOAuth } from "better-auth/plugins";
import type { ControlContext } from "@/server/control/context";
import { perform, writeAudit } from "@/server/control/perform";
import { DomainError } from "@/server/domain/errors";
import { ROLES, type Role } from "@/server/domain/vocabulary";
import type { ControlDatabase } from "@/server/store/control/database";
import { countUsers } from "@/server/store/control/users";
import { setUserRole } from "./users";

/** Under this name the library knows the provider: part of the redirect address that the provider must allow. */
export const SSO_PROVIDER = "oidc";

export interface SingleSignOnSettings {
  /** Where `/.well-known/openid-configuration` is found. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What the button says: `Sign in with <name>`. */
  name: string;
  /** The claim that decides on the role: text or a list of texts. Without it roles are given in Switchback. */
  roleClaim: string | undefined;
  /** From a value of that claim to a role; of several the highest holds. */
  roles: Readonly<Record<string, Role>>;
}

interface SingleSignOnDeps {
  settings: SingleSignOnSettings;
  control: ControlDatabase;
  /** Epoch ms. */
  clock: () => number;
}

/** The library's options for single sign-on. */
export function singleSignOn({ settings, control, clock }: SingleSignOnDeps) {
  // The library asks for the profile and then writes the person: the role waits here in between, under the address.
  const claimed = new Map<string, Role>();
  const context = (): ControlContext => ({ db: control, nowMs: clock(), actor: ACTOR });
  const plugin = genericOAuth({
    config: [
      {
        providerId: SSO_PROVIDER,
        name: settings.name,
        discoveryUrl: `${settings.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
        requireIdTokenVerification: true,
        clientId: settings.clientId,
        clientSecret: settings.clientSecret,
        scopes: ["openid", "email", "profile"],
        mapProfileToUser: (profile) => {
          const { email, name } = profile;
          if (typeof email === "string") claimed.set(email.toLowerCase(), roleOf(settings, profile));
          // A provider that sends no name still has an address to call people by.
          return typeof name === "string" && name !== "" ? {} : { name: email ?? "" };
        },
      },
    ],
  });
  return { plugins: [plugin], databaseHooks: hooks({ settings, control, claimed, context }) };
}

const ACTOR = { kind: "system", id: "single-sign-on", name: "Single sign-on", role: null, scopes: [] } as const;

function hooks(deps: {
  settings: SingleSignOnSettings;
  control: ControlDatabase;
  claimed: Map<string, Role>;
  context: () => ControlContext;
}): NonNullable<BetterAuthOptions["databaseHooks"]> {
  const { settings, control, claimed, context } = deps;
  return {
    user: {
      create: {
        before: (user) => {
          const role = claimed.get(user.email.toLowerCase()) ?? "viewer";
          // Whoever comes first must be able to let the others in; until then the set-up page is the way.
          if (role !== "admin" && countUsers(control) === 0) return Promise.resolve(false);
          return Promise.resolve({ data: { ...user, role } });
        },
        after: ({ id, name, ...user }) => {
          const target = `user/${id}`;
          const after = { name, role: claimed.get(user.email.toLowerCase()) ?? "viewer", by: SSO_PROVIDER };
          perform(context(), (act) => writeAudit(act, { action: "user.created", target, after }));
          return Promise.resolve();
        },
      },
    },
    session: {
      create: {
        before: async (session, call) => {
          const user = await call?.context.internalAdapter.findUserById(session.userId);
          const role = claimed.get(user?.email.toLowerCase() ?? "");
          claimed.delete(user?.email.toLowerCase() ?? "");
          if (role !== undefined && settings.roleClaim !== undefined) followClaim(context(), session.userId, role);
        },
      },
    },
  };
}

/** The provider's word holds from this sign-in on, but never takes the last administrator away. */
function followClaim(context: ControlContext, userId: string, role: Role): void {
  try {
    setUserRole(context, { userId, role });
  } catch (error) {
    if (!(error instanceof DomainError && error.code === "conflict")) throw error;
  }
}

/** The highest role that the claim's values stand for; `viewer` when none does. */
export function roleOf(
  { roleClaim, roles }: Pick<SingleSignOnSettings, "roleClaim" | "roles">,
  profile: Readonly<Record<string, unknown>>,
): Role {
  const claim = roleClaim === undefined ? undefined : profile[roleClaim];
  const values = Array.isArray(claim) ? (claim as unknown[]) : [claim];
  const given = values.flatMap((value) => (typeof value === "string" ? [roles[value]] : []));
  return ROLES.findLast((role) => given.includes(role)) ?? "viewer";
}
