/** MLflow's model registry over its REST API 2.0: the few calls that are needed, and what their refusals mean. */
import { z } from "zod";

/** How the server is reached. `fetch` is passed in, so that a recorded server can stand in for it. */
export interface MlflowSettings {
  /** `https://mlflow.example.org` */
  url: string;
  /** Sent as `Authorization: Bearer`. */
  token?: string;
  fetch: typeof fetch;
}

const Tag = z.object({ key: z.string(), value: z.string().default("") });

const ModelVersion = z.object({
  name: z.string(),
  version: z.string(),
  source: z.string().default(""),
  status: z.string().optional(),
  creation_timestamp: z.number().optional(),
  tags: z.array(Tag).default([]),
});
export type MlflowVersion = z.output<typeof ModelVersion>;

const Model = z.object({
  name: z.string(),
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })).default([]),
  tags: z.array(Tag).default([]),
});
type MlflowModel = z.output<typeof Model>;

const AliasAnswer = z.object({ model_version: ModelVersion });
const Models = z.object({ registered_models: z.array(Model).default([]), next_page_token: z.string().optional() });
const Versions = z.object({
  model_versions: z.array(ModelVersion).default([]),
  next_page_token: z.string().optional(),
});
const Refusal = z.object({ error_code: z.string(), message: z.string() });

/** Both searches leave prompts out unless they are asked for. */
const PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'";
const PAGE = "200";
const TIMEOUT_MS = 10_000;

/** A refusal or a failure of the registry; the message is safe to show. */
export class MlflowFailure extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "MlflowFailure";
    this.status = status;
  }
}

export interface MlflowClient {
  /** The version an alias points at; undefined when it is unset or the model does not exist. */
  findAlias: (alias: { model: string; alias: string }) => Promise<string | undefined>;
  /** Sets or moves an alias. MLflow has no precondition: see `moveRegistryAlias`. */
  setAlias: (move: { model: string; alias: string; version: string }) => Promise<void>;
  tagVersion: (tag: { model: string; version: string; key: string; value: string }) => Promise<void>;
  listModels: (kind: "model" | "prompt") => Promise<MlflowModel[]>;
  listVersions: (of: { model: string; kind: "model" | "prompt" }) => Promise<MlflowVersion[]>;
}

export function createMlflowClient(settings: MlflowSettings): MlflowClient {
  const call = (request: Call): Promise<unknown> => callMlflow(settings, request);
  const post = async (path: string, body: Record<string, string>): Promise<void> => {
    await call({ method: "POST", path, body });
  };
  return {
    findAlias: async ({ model, alias }) => {
      try {
        const answer = await call({ path: "registered-models/alias", query: { name: model, alias } });
        return AliasAnswer.parse(answer).model_version.version;
      } catch (error) {
        if (isUnset(error)) return undefined;
        throw error;
      }
    },
    setAlias: ({ model, alias, version }) => post("registered-models/alias", { name: model, alias, version }),
    tagVersion: ({ model, ...tag }) => post("model-versions/set-tag", { name: model, ...tag }),
    listModels: (kind) => {
      const query = { max_results: PAGE, ...(kind === "prompt" ? { filter: PROMPTS } : {}) };
      return pages(async (token) => {
        const page = Models.parse(await call({ path: "registered-models/search", query: { ...query, ...token } }));
        return { items: page.registered_models, next: page.next_page_token };
      });
    },
    listVersions: ({ model, kind }) => {
      const named = `name = '${model.replaceAll("'", "''")}'`;
      const query = { max_results: PAGE, filter: kind === "prompt" ? `${named} AND ${PROMPTS}` : named };
      return pages(async (token) => {
        const page = Versions.parse(await call({ path: "model-versions/search", query: { ...query, ...token } }));
        return { items: page.model_versions, next: page.next_page_token };
      });
    },
  };
}

/** Stores answer 400 or 404 for an alias that is not set. */
function isUnset(error: unknown): boolean {
  if (!(error instanceof MlflowFailure)) return false;
  return error.status === 404 || (error.status === 400 && / alias .* not found/i.test(error.message));
}

interface Call {
  method?: "GET" | "POST";
  path: string;
  query?: Record<string, string>;
  body?: Record<string, string>;
}

async function callMlflow(
  settings: MlflowSettings,
  { method = "GET", path, query = {}, body }: Call,
): Promise<unknown> {
  const base = settings.url.replace(/\/+$/, "");
  const search = new URLSearchParams(query).toString();
  const response = await settings.fetch(`${base}/api/2.0/mlflow/${path}${search === "" ? "" : `?${search}`}`, {
    method,
    headers: {
      accept: "application/json",
      ...(settings.token === undefined ? {} : { authorization: `Bearer ${settings.token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return parseJson(text, path);
  const refusal = Refusal.safeParse(text.startsWith("{") ? parseJson(text, path) : undefined);
  const words = refusal.success ? `${refusal.data.error_code}: ${refusal.data.message}` : "no reason given";
  throw new MlflowFailure(response.status, `MLflow answered ${response.status} to ${path}: ${words}`.slice(0, 500));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new MlflowFailure(502, `MLflow's answer to ${path} is not JSON`);
  }
}

async function pages<T>(
  read: (token: Record<string, string>) => Promise<{ items: T[]; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let next: string | undefined, first = true; first || (next !== undefined && next !== ""); first = false) {
    const page = await read(next === undefined ? {} : { page_token: next });
    all.push(...page.items);
    next = page.next;
  }
  return all;
}
