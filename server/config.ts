/** The only file that reads the environment. Every setting has a default that is safe on one machine. */
import { z } from "zod";
import { GIT_PROTOCOLS, type GitProtocol } from "@/server/domain/gitops/remote";
import { issuesOf } from "@/server/domain/input";
import { ROLES, type Role } from "@/server/domain/vocabulary";

const Port = z.coerce.number().int().min(0).max(65_535);

/** `sre=on_call,admins=admin` as a record. */
const OidcRoles = z
  .string()
  .transform((text) => Object.fromEntries(text.split(",").map((pair) => pair.split("=", 2).map((part) => part.trim()))))
  .pipe(z.record(z.string().min(1), z.enum(ROLES)));

const Address = z.url({ error: "must be an address like https://switchback.example.org" });

const Environment = z.object({
  /** Pages and control API. */
  PORT: Port.default(3000),
  /** Telemetry intake, OTLP/HTTP's own port. */
  SWITCHBACK_INTAKE_PORT: Port.default(4318),
  /** Loopback unless told otherwise. */
  HOST: z.string().min(1).default("127.0.0.1"),
  SWITCHBACK_DATA_DIR: z.string().min(1).default("./data"),
  /** The address people open, for links in answers and notifications; derived from HOST and PORT when absent. */
  SWITCHBACK_PUBLIC_URL: Address.optional(),
  /** Behind a reverse proxy: the header in which it names the client, e.g. `x-forwarded-for`. Only if it sets it itself. */
  SWITCHBACK_CLIENT_IP_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "must be a header's name")
    .toLowerCase()
    .optional(),
  /** Single sign-on: the OpenID Connect provider. All three of issuer, client and secret file, or none. */
  SWITCHBACK_OIDC_ISSUER: Address.optional(),
  SWITCHBACK_OIDC_CLIENT_ID: z.string().min(1).optional(),
  /** A file that holds the client's secret, so that it is in no process list. */
  SWITCHBACK_OIDC_CLIENT_SECRET_FILE: z.string().min(1).optional(),
  /** What the button says: `Sign in with …`. */
  SWITCHBACK_OIDC_NAME: z.string().min(1).max(40).default("single sign-on"),
  /** The claim that decides on a person's role, e.g. `groups`; without it roles are given in Switchback. */
  SWITCHBACK_OIDC_ROLE_CLAIM: z.string().min(1).optional(),
  /** Its values' roles: `sre=on_call,release-team=release_manager`; who has none of them is a viewer. */
  SWITCHBACK_OIDC_ROLES: OidcRoles.default({}),
  /** Milliseconds between controller ticks. */
  SWITCHBACK_TICK_MS: z.coerce.number().int().min(100).max(60_000).default(5_000),
  /** Largest accepted body after decompression, bytes. */
  SWITCHBACK_INTAKE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(64 * 1024 * 1024),
  /** What git remotes may speak: https and ssh, unless http or file are named as well. */
  SWITCHBACK_GIT_PROTOCOLS: z
    .string()
    .default("https,ssh")
    .transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(z.array(z.enum(GIT_PROTOCOLS, { error: `must be some of ${GIT_PROTOCOLS.join(",")}` }))),
  /** The folder of secrets that settings name as `file:NAME`. */
  SWITCHBACK_SECRETS_DIR: z.string().min(1).default("/run/secrets"),
  /** MLflow's server, whose registered-model aliases follow ours; and a file with the token it asks for. */
  SWITCHBACK_MLFLOW_URL: Address.optional(),
  SWITCHBACK_MLFLOW_TOKEN_FILE: z.string().min(1).optional(),
  /** Hosts, addresses or ranges that notifications may go to although they are not public: `chat.internal,10.1.0.0/16`. */
  SWITCHBACK_OUTBOUND_ALLOW: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((entry) => (entry.trim() === "" ? [] : [entry.trim()]))),
  /** Set by `npm run demo`: the application whose story it plays. The pages then offer the tour of it. */
  SWITCHBACK_DEMO: z.string().min(1).optional(),
  SWITCHBACK_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** For the command line. */
  SWITCHBACK_URL: Address.optional(),
  SWITCHBACK_TOKEN: z.string().min(1).optional(),
});

export interface Config {
  port: number;
  intakePort: number;
  host: string;
  dataDir: string;
  publicUrl: string;
  clientIpHeader: string | undefined;
  tickMs: number;
  intakeMaxBytes: number;
  gitProtocols: readonly GitProtocol[];
  secretsDir: string;
  mlflow: { url: string; tokenFile: string | undefined } | undefined;
  outboundAllow: readonly string[];
  /** Undefined outside the demo. */
  demoApplication: string | undefined;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Undefined without single sign-on. */
  oidc: OidcConfig | undefined;
  cliUrl: string;
  cliToken: string | undefined;
}

/** The identity provider as it is configured. */
interface OidcConfig {
  issuer: string;
  clientId: string;
  clientSecretFile: string;
  name: string;
  roleClaim: string | undefined;
  roles: Record<string, Role>;
}

/** What child processes inherit: every setting, the mode, and no telemetry about the pages framework. */
export function childEnvironment(options: { dev: boolean }): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: options.dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" };
}

/** What programs that are started are found by, and where `env:` secrets are: for integrations, which pick from it. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** @throws Error that names each wrong variable and what it must be. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const lines = issuesOf(parsed.error).map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`);
    throw new Error(`Settings are wrong:\n  ${lines.join("\n  ")}`);
  }
  const values = parsed.data;
  const localUrl = `http://${values.HOST === "0.0.0.0" || values.HOST === "::" ? "localhost" : values.HOST}:${values.PORT}`;
  return {
    port: values.PORT,
    intakePort: values.SWITCHBACK_INTAKE_PORT,
    host: values.HOST,
    dataDir: values.SWITCHBACK_DATA_DIR,
    publicUrl: values.SWITCHBACK_PUBLIC_URL ?? localUrl,
    clientIpHeader: values.SWITCHBACK_CLIENT_IP_HEADER,
    oidc: readOidc(values),
    tickMs: values.SWITCHBACK_TICK_MS,
    intakeMaxBytes: values.SWITCHBACK_INTAKE_MAX_BYTES,
    gitProtocols: values.SWITCHBACK_GIT_PROTOCOLS,
    secretsDir: values.SWITCHBACK_SECRETS_DIR,
    mlflow:
      values.SWITCHBACK_MLFLOW_URL === undefined
        ? undefined
        : { url: values.SWITCHBACK_MLFLOW_URL, tokenFile: values.SWITCHBACK_MLFLOW_TOKEN_FILE },
    outboundAllow: values.SWITCHBACK_OUTBOUND_ALLOW,
    demoApplication: values.SWITCHBACK_DEMO,
    logLevel: values.SWITCHBACK_LOG_LEVEL,
    cliUrl: values.SWITCHBACK_URL ?? localUrl,
    cliToken: values.SWITCHBACK_TOKEN,
  };
}

/** @throws Error that names what is missing: half a provider must not look like none. */
function readOidc(values: z.output<typeof Environment>): OidcConfig | undefined {
  const { SWITCHBACK_OIDC_ISSUER: issuer, SWITCHBACK_OIDC_CLIENT_ID: clientId } = values;
  const { SWITCHBACK_OIDC_CLIENT_SECRET_FILE: clientSecretFile, SWITCHBACK_OIDC_ROLE_CLAIM: roleClaim } = values;
  if (issuer === undefined && clientId === undefined && clientSecretFile === undefined) return undefined;
  if (issuer === undefined || clientId === undefined || clientSecretFile === undefined) {
    throw new Error(
      "Settings are wrong:\n  single sign-on needs SWITCHBACK_OIDC_ISSUER, SWITCHBACK_OIDC_CLIENT_ID and " +
        "SWITCHBACK_OIDC_CLIENT_SECRET_FILE: set all three, or none",
    );
  }
  const { SWITCHBACK_OIDC_NAME: name, SWITCHBACK_OIDC_ROLES: roles } = values;
  return { issuer, clientId, clientSecretFile, name, roleClaim, roles };
}

/** The environment of the demo's installation: the caller's own, but with the demo's data, quiet. */
export function demoEnvironment(dataDir: string): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: "production", SWITCHBACK_DATA_DIR: dataDir, SWITCHBACK_LOG_LEVEL: "warn" };
}
