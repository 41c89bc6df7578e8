/** What the replays share: one running product, two releases of an application, and requests sent as a gateway sends them. */
import { expect } from "vitest";
import { callProduct, eventually, type Product } from "@/test/integration/harness/product";
import { azureArrivals } from "./real-data";

interface RolloutAnswer {
  id: string;
  state: string;
  decision: string;
  sentence: string;
}

interface CompareAnswer {
  decision: string;
  sentence: string;
  bothTruths: string[];
  rows: {
    metric: string;
    verdict: string;
    candidate: { value: number | null; count: number };
    control: { value: number | null };
  }[];
}

export interface ReplayStage {
  application: string;
  control: string;
  candidate: string;
  call: <T>(path: string, body?: unknown, method?: string) => Promise<T>;
  send: (requests: object[]) => Promise<void>;
  startRollout: (policy: string) => Promise<string>;
  /** Waits until the rollout's answer passes the test. */
  until: (id: string, test: (rollout: RolloutAnswer) => boolean) => Promise<RolloutAnswer>;
  compare: (id: string) => Promise<CompareAnswer>;
}

/** Registers the application's two releases, points production at the first and stores the policy. */
export async function setStage(
  product: Product,
  token: string,
  scene: {
    application: string;
    control: Record<string, string>;
    candidate: Record<string, string>;
    policies: Record<string, object>;
  },
): Promise<ReplayStage> {
  const { application } = scene;
  const call = <T>(path: string, body?: unknown, method?: string): Promise<T> =>
    callProduct<T>(
      { url: product.url, token },
      { path, ...(body === undefined ? {} : { body }), ...(method === undefined ? {} : { method }) },
    );
  const register = async (components: Record<string, string>): Promise<string> =>
    (await call<{ releaseId: string }>("/api/v1/releases", { application, components, author: "researcher" }))
      .releaseId;
  const control = await register(scene.control);
  const candidate = await register(scene.candidate);
  const alias = `/api/v1/applications/${application}/aliases/production`;
  await call(alias, { releaseId: control, reason: "what serves today" }, "PUT");
  for (const [name, policy] of Object.entries(scene.policies))
    await call(`/api/v1/policies/${name}`, { name, ...policy }, "PUT");
  return {
    application,
    control,
    candidate,
    call,
    send: async (requests) => {
      const body = { requests: requests.map((request) => ({ application, ...request })) };
      const answer = await callProduct<{ accepted: number; rejected: unknown[] }>(
        { url: product.intakeUrl, token },
        { path: "/api/v1/requests", body },
      );
      expect(answer.rejected).toEqual([]);
      expect(answer.accepted).toBe(requests.length);
    },
    startRollout: async (policy) =>
      (await call<RolloutAnswer>("/api/v1/rollouts", { application, alias: "production", candidate, policy })).id,
    until: (id, test) =>
      eventually(
        async () => {
          const rollout = await call<RolloutAnswer>(`/api/v1/rollouts/${id}`);
          return test(rollout) ? rollout : undefined;
        },
        90_000,
        `the awaited state of ${id}`,
      ),
    compare: (id) => call<CompareAnswer>(`/api/v1/compare?rolloutId=${id}`),
  };
}

/** Start times in the last `spanMs` before now, at Azure's own rhythm. */
export function arrivalTimes(count: number, spanMs: number): string[] {
  const arrivals = azureArrivals().slice(0, count);
  const last = arrivals.at(-1) ?? 1;
  const startMs = Date.now() - spanMs;
  return arrivals.map((arrival) => new Date(startMs + (arrival / last) * spanMs).toISOString());
}
