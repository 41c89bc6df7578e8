/** The sign-in library, configured: e-mail and password, no sign-up, throttled sign-in, sessions in the control database. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { toNodeHandler } from "better-auth/node";
import { authTables } from "@/server/store/control/auth-tables";
import type { ControlDatabase } from "@/server/store/control/database";
import { ROLES } from "@/server/domain/vocabulary";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./password-length";
import { ownOrigins } from "./same-origin";
import { singleSignOn, type SingleSignOnSettings } from "./single-sign-on";
import { createThrottle } from "./throttle";

/** Set by the listener from the connection itself, replacing whatever a client sent. */
export const CLIENT_IP_HEADER = "x-switchback-client-ip";

const WEEK_S = 7 * 24 * 3600;
/** How exactly a session's last use is known, s: an open page writes this often and no more. */
const LAST_USE_S = 300;

interface AuthSettings {
  control: ControlDatabase;
  secret: string;
  /** With https, cookies are `Secure`. */
  publicUrl: string;
  /** Epoch ms, for throttling. */
  clock: () => number;
  log: { warn: (fields: object, message: string) => void };
  /** Beside e-mail and password; undefined where no provider is configured. */
  singleSignOn?: SingleSignOnSettings | undefined;
}

/** Builds the library once per process. */
export function createAuth(settings: AuthSettings) {
  const { control, clock, singleSignOn: provider } = settings;
  return betterAuth({
    ...(provider === undefined ? {} : singleSignOn({ settings: provider, control, clock })),
    appName: "Switchback",
    baseURL: settings.publicUrl,
    secret: settings.secret,
    database: drizzleAdapter(settings.control, { provider: "sqlite", schema: authTables, usePlural: true }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
    },
    user: {
      additionalFields: { role: { type: [...ROLES], required: true, input: false, defaultValue: "viewer" } },
    },
    session: { expiresIn: WEEK_S, updateAge: LAST_USE_S },
    rateLimit: { enabled: true, customStorage: createThrottle(settings.clock) },
    // The page may be open under another name of this machine than the configured one.
    trustedOrigins: (request) => (request === undefined ? [] : ownOrigins(request.headers.get("host"))),
    advanced: {
      cookiePrefix: "switchback",
      useSecureCookies: settings.publicUrl.startsWith("https:"),
      ipAddress: { ipAddressHeaders: [CLIENT_IP_HEADER] },
    },
    logger: { level: "warn", log: (_level, message) => settings.log.warn({}, `sign-in: ${message}`) },
    telemetry: { enabled: false },
  });
}

export type Auth = ReturnType<typeof createAuth>;

/** The library's own endpoints, `/api/auth/*`. */
export function authHandler(auth: Auth): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return toNodeHandler(auth);
}
