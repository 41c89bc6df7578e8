/** How gateways follow an alias: conditional reads, long poll, and a stream that misses nothing. */
import { describe, expect, test } from "vitest";
import { moveAlias } from "@/server/control/move-alias";
import { newWorld, ON_PRODUCTION, open, person } from "@/test/integration/control/fixtures";
import { startApi, type ApiServer } from "./api-server";
import { readEvents } from "./event-reader";

const PATH = "/api/v1/applications/deploy-assistant/aliases/production";

/** Releases 1–3; production serves the first. */
async function startServing(): Promise<{
  api: ApiServer;
  token: string;
  releases: string[];
  move: (index: number) => void;
}> {
  const api = await startApi();
  const releases = [1, 2, 3].map((n) => api.world.release(n));
  api.world.serve(releases[0] ?? "");
  // Moves come from another connection, as from the controller's process.
  const elsewhere = newWorld(open(api.world.db.$client.name));
  const move = (index: number): void => {
    const releaseId = releases[index] ?? "";
    moveAlias(elsewhere.as(person("release_manager")), { ...ON_PRODUCTION, releaseId, reason: "test" });
  };
  return { api, token: api.tokenFor({ scopes: ["gateway"] }), releases, move };
}

describe("GET", () => {
  test("answers the contract's fields with a strong ETag; 304 while it holds", async () => {
    const { api, token, releases, move } = await startServing();
    const first = await api.call("GET", PATH, { token });
    expect(first.json).toEqual({
      releaseId: releases[0],
      components: { prompt: "support@1", model: "lora@1.9" },
      revision: 1,
      changedAt: "2026-04-12T00:00:00.000Z",
      cause: "manual",
    });
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    const held = { token, headers: { "if-none-match": etag } };
    expect(await api.call("GET", PATH, held)).toMatchObject({ status: 304, text: "" });
    move(1);
    const moved = await api.call("GET", PATH, held);
    expect(moved).toMatchObject({ status: 200, json: { releaseId: releases[1], revision: 2 } });
    expect(moved.headers.get("etag")).not.toBe(etag);
  });

  test("an alias that points nowhere is 404", async () => {
    const { api, token } = await startServing();
    const answer = await api.call("GET", "/api/v1/applications/deploy-assistant/aliases/staging", { token });
    expect(answer).toMatchObject({ status: 404, json: { detail: expect.stringContaining("staging") } });
  });

  test("waitSeconds holds the answer until the alias moves", async () => {
    const { api, token, releases, move } = await startServing();
    const { headers } = await api.call("GET", PATH, { token });
    const held = { "if-none-match": headers.get("etag") ?? "" };
    const startedMs = performance.now();
    const waiting = api.call("GET", `${PATH}?waitSeconds=30`, { token, headers: held });
    await api.call("GET", PATH, { token });
    move(2);
    expect(await waiting).toMatchObject({ status: 200, json: { releaseId: releases[2] } });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test("waitSeconds that pass without a move are 304, and other changes do not end the wait", async () => {
    const { api, token } = await startServing();
    const { headers } = await api.call("GET", PATH, { token });
    const held = { "if-none-match": headers.get("etag") ?? "" };
    const waiting = api.call("GET", `${PATH}?waitSeconds=0.3`, { token, headers: held });
    api.world.release(9);
    expect(await waiting).toMatchObject({ status: 304 });
  });

  test("waitSeconds without If-None-Match answers at once; out of range is refused", async () => {
    const { api, token } = await startServing();
    expect(await api.call("GET", `${PATH}?waitSeconds=30`, { token })).toMatchObject({ status: 200 });
    expect(await api.call("GET", `${PATH}?waitSeconds=3600`, { token })).toMatchObject({ status: 400 });
  });

  test("a stop ends a long poll", async () => {
    const { api, token } = await startServing();
    const { headers } = await api.call("GET", PATH, { token });
    const waiting = api.call("GET", `${PATH}?waitSeconds=30`, {
      token,
      headers: { "if-none-match": headers.get("etag") ?? "" },
    });
    await api.call("GET", PATH, { token });
    api.shutdown.abort();
    expect(await waiting).toMatchObject({ status: 304 });
  });
});

describe("stream", () => {
  test("tells the present at once, then every move, with the revision as id, within 100 ms", async () => {
    const { api, token, releases, move } = await startServing();
    const stream = await readEvents(`${api.url}${PATH}/stream`, { authorization: `Bearer ${token}` });
    expect(await stream.next()).toMatchObject({
      id: "1",
      event: "alias",
      data: { releaseId: releases[0], revision: 1 },
    });
    const delaysMs: number[] = [];
    for (const index of [1, 2, 0, 1, 2]) {
      move(index);
      const movedMs = performance.now();
      expect(await stream.next()).toMatchObject({ event: "alias", data: { releaseId: releases[index] } });
      delaysMs.push(performance.now() - movedMs);
    }
    expect(delaysMs.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
    stream.close();
  });

  test("Last-Event-ID replays every move since, in order", async () => {
    const { api, token, releases, move } = await startServing();
    move(1);
    move(2);
    move(0);
    const headers = { authorization: `Bearer ${token}`, "last-event-id": "2" };
    const stream = await readEvents(`${api.url}${PATH}/stream`, headers);
    expect(await stream.next()).toMatchObject({ id: "3", data: { releaseId: releases[2] } });
    expect(await stream.next()).toMatchObject({ id: "4", data: { releaseId: releases[0] } });
    move(1);
    expect(await stream.next()).toMatchObject({ id: "5", data: { releaseId: releases[1] } });
    stream.close();
  });

  test("an id from another history gets the present", async () => {
    const { api, token } = await startServing();
    const headers = { authorization: `Bearer ${token}`, "last-event-id": "99" };
    const stream = await readEvents(`${api.url}${PATH}/stream`, headers);
    expect(await stream.next()).toMatchObject({ id: "1" });
    stream.close();
  });

  test("a stop ends the stream", async () => {
    const { api, token } = await startServing();
    const stream = await readEvents(`${api.url}${PATH}/stream`, { authorization: `Bearer ${token}` });
    await stream.next();
    api.shutdown.abort();
    expect(await stream.next()).toBeUndefined();
  });

  test("without access, or to an unknown alias, it is a problem and no stream", async () => {
    const { api, token } = await startServing();
    expect(await api.call("GET", `${PATH}/stream`)).toMatchObject({ status: 401 });
    expect(await api.call("GET", `${PATH}x/stream`, { token })).toMatchObject({ status: 404 });
  });
});

describe("events for pages", () => {
  test("name what a change touches; whoever comes back is told to fetch everything", async () => {
    const { api, move } = await startServing();
    const headers = { authorization: `Bearer ${api.tokenFor({ scopes: ["read"] })}` };
    const stream = await readEvents(`${api.url}/api/v1/events?application=deploy-assistant`, headers);
    const back = await readEvents(`${api.url}/api/v1/events?application=deploy-assistant`, {
      ...headers,
      "last-event-id": "7",
    });
    expect(await back.next()).toMatchObject({
      id: "8",
      data: { topics: expect.arrayContaining(["telemetry", "audit"]) },
    });
    move(1);
    expect(await stream.next()).toEqual({
      id: "1",
      event: "invalidate",
      data: { topics: ["overview", "aliases", "audit"] },
    });
    stream.close();
    back.close();
  });
});
