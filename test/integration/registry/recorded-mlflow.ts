/** A stand-in for MLflow that answers as the real server was recorded to, and whose aliases can be moved. */
import { createMlflowClient, type MlflowClient } from "@/server/integrations/mlflow/mlflow-client";
import answers from "@/test/fixtures/mlflow/answers.json";

export interface RecordedMlflow {
  client: MlflowClient;
  /** `lora@production` → version: what somebody else may change. */
  aliases: Map<string, string>;
  /** Every request, `POST registered-models/alias {…}`. */
  calls: string[];
  tags: string[];
  /** Runs between the look and the write, as another client's move would. */
  race: (() => void) | undefined;
}

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

export function recordedMlflow(): RecordedMlflow {
  const state: Omit<RecordedMlflow, "client"> = {
    aliases: new Map([["lora@production", "1"]]),
    calls: [],
    tags: [],
    race: undefined,
  };
  const answer = (url: URL, method: string, text: string): Response => {
    const path = url.pathname.replace("/api/2.0/mlflow/", "");
    const query = Object.fromEntries(url.searchParams);
    state.calls.push(`${method} ${path} ${method === "GET" ? JSON.stringify(query) : text}`);
    if (path === "model-versions/set-tag") {
      state.tags.push(text);
      return json(200, {});
    }
    if (path === "registered-models/alias") return answerAlias(state, { method, query, text });
    const recorded = Object.values(answers).find((one) => one.path === path && sorted(one.query) === sorted(query));
    if (recorded === undefined) throw new Error(`nothing was recorded for ${path} ${JSON.stringify(query)}`);
    return json(recorded.status, recorded.body);
  };
  const client = createMlflowClient({
    url: "http://mlflow.test/",
    token: "secret",
    fetch: (input, init) =>
      // The client passes its address and body as text.
      Promise.resolve(answer(new URL(input as string), init?.method ?? "GET", (init?.body as string | null) ?? "")),
  });
  return Object.assign(state, { client });
}

function sorted(query: Record<string, string>): string {
  const search = new URLSearchParams(query);
  search.sort();
  return search.toString();
}

function answerAlias(
  state: Omit<RecordedMlflow, "client">,
  { method, query, text }: { method: string; query: Record<string, string>; text: string },
): Response {
  if (method === "POST") {
    const { name, alias, version } = JSON.parse(text) as Record<"name" | "alias" | "version", string>;
    state.aliases.set(`${name}@${alias}`, version);
    state.race?.();
    return json(200, {});
  }
  if (query["name"] === "nope") return json(answers.modelUnknown.status, answers.modelUnknown.body);
  const version = state.aliases.get(`${query["name"] ?? ""}@${query["alias"] ?? ""}`);
  if (version === undefined) return json(answers.aliasUnset.status, answers.aliasUnset.body);
  return json(200, { model_version: { ...answers.alias.body.model_version, version } });
}
