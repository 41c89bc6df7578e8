/** The only file that reads the environment. Every setting has a default that is safe on one machine. */
import { z } from "zod";
import { GIT_PROTOCOLS, type GitProtocol } from "@/server/domain/gitops/remote";

const Port = z.coerce.number().int().min(0).max(65_535);

const Environment = z.object({
  /** Pages and control API. */
  PORT: Port.default(3000),
  /** Telemetry intake, OTLP/HTTP's own port. */
  SWITCHBACK_INTAKE_PORT: Port.default(4318),
  /** Loopback unless told otherwise. */
  HOST: z.string().min(1).default("127.0.0.1"),
  SWITCHBACK_DATA_DIR: z.string().min(1).default("./data"),
  /** The address people open, for links in answers and notifications; derived from HOST and PORT when absent. */
  SWITCHBACK_PUBLIC_URL: z.url().optional(),
  /** Behind a reverse proxy: the header in which it names the client, e.g. `x-forwarded-for`. Only if it sets it itself. */
  SWITCHBACK_CLIENT_IP_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "must be a header's name")
    .toLowerCase()
    .optional(),
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
  SWITCHBACK_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** For the command line. */
  SWITCHBACK_URL: z.url().optional(),
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
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  cliUrl: string;
  cliToken: string | undefined;
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
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
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
    tickMs: values.SWITCHBACK_TICK_MS,
    intakeMaxBytes: values.SWITCHBACK_INTAKE_MAX_BYTES,
    gitProtocols: values.SWITCHBACK_GIT_PROTOCOLS,
    secretsDir: values.SWITCHBACK_SECRETS_DIR,
    logLevel: values.SWITCHBACK_LOG_LEVEL,
    cliUrl: values.SWITCHBACK_URL ?? localUrl,
    cliToken: values.SWITCHBACK_TOKEN,
  };
}

/** The environment of the demo's installation: the caller's own, but with the demo's data, quiet. */
export function demoEnvironment(dataDir: string): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: "production", SWITCHBACK_DATA_DIR: dataDir, SWITCHBACK_LOG_LEVEL: "warn" };
}
