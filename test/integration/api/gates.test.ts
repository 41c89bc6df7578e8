/** The worked example of the promotion gate through the published interface, with results and with releases. */
import { expect, test } from "vitest";
import examples from "@/test/fixtures/worked-examples.json";
import { startApi } from "./api-server";

interface Checks {
  promote: boolean;
  checks: { name: string; passed: boolean; observed: number | null }[];
}

test.each(examples.promotionGate.cases)("the worked example", async ({ baseline, candidate, limits, output }) => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const application = "deploy-assistant";
  const gate = async (sides: object): Promise<object> => {
    const answer = await api.call("POST", "/api/v1/gates", { token, body: { application, ...sides, limits } });
    expect(answer.status).toBe(200);
    const { promote, checks } = answer.json as Checks;
    const find = (name: string) => checks.find((check) => check.name === name);
    const increase = `${((find("tokens")?.observed ?? Number.NaN) * 100).toFixed(1)}%`;
    return { quality_improved: find("quality")?.passed, token_increase: increase, promote };
  };
  expect(await gate({ baseline, candidate })).toEqual(output);

  const [before, after] = [api.world.release(1), api.world.release(2)];
  for (const [releaseId, results] of [
    [before, baseline],
    [after, candidate],
  ] as const) {
    const body = { suite: "golden", results };
    await api.call("POST", `/api/v1/releases/${releaseId}/evaluations`, { token, body });
  }
  expect(await gate({ baseline: before, candidate: after })).toEqual(output);
});
