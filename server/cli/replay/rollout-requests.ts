/** The stored requests of a rollout's two releases, as the lines that a replay reads. Asks the server, page by page. */
import type { z } from "zod";
import type { Client } from "@/server/cli/client";
import type { RequestView } from "@/server/read/request-trace-view";
import type { RolloutView } from "@/server/read/rollout-view";

/** As the server sends them: times are text. */
type StoredView = z.output<typeof RequestView>;
type Rollout = z.output<typeof RolloutView>;

/** As many as the server gives at once. */
const PAGE = 200;
/** The control's requests from before the rollout that evidence looks at, at most, and how far back it looks. */
const SAMPLE = 5_000;
const DAY_MS = 86_400_000;

/** A rollout by its id. @throws CallFailed */
export function findRollout(server: Client, id: string): Promise<Rollout> {
  return server.call<Rollout>({ path: `/api/v1/rollouts/${encodeURIComponent(id)}` });
}

/** Everything that candidate and control served while the rollout lived, and a sample of the control from before. */
export async function* rolloutRequests(server: Client, rollout: Rollout): AsyncGenerator<string> {
  const { application, candidate, control, startedAt, endedAt } = rollout;
  const lived = { application, from: startedAt, to: endedAt ?? undefined };
  yield* lines(server, { ...lived, releaseId: candidate.releaseId });
  if (control === null) return;
  yield* lines(server, { ...lived, releaseId: control.releaseId });
  const from = new Date(Date.parse(startedAt) - DAY_MS).toISOString();
  yield* lines(server, { application, from, to: startedAt, releaseId: control.releaseId }, SAMPLE);
}

/** Newest first; at most `most`. */
async function* lines(
  server: Client,
  query: Record<string, string | undefined>,
  most: number = Infinity,
): AsyncGenerator<string> {
  let cursor: string | undefined;
  let given = 0;
  do {
    const page = await server.call<{ items: StoredView[]; nextCursor?: string }>({
      path: "/api/v1/requests",
      query: { ...query, cursor, limit: Math.min(PAGE, most - given) },
    });
    given += page.items.length;
    yield page.items.map((view) => `${JSON.stringify(recordOf(view))}\n`).join("");
    cursor = page.nextCursor;
  } while (cursor !== undefined && given < most);
}

/** As a gateway would send it; a first token that only the model's server saw is not the gateway's. */
function recordOf(view: StoredView): object {
  return {
    ...view,
    subject: view.subjectHash,
    ttftMs: view.ttftSide === "server" ? null : view.ttftMs,
    features: [],
    attributes: {},
    input: null,
    output: null,
  };
}
