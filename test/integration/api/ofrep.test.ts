/** OpenFeature's own server SDK and remote provider evaluate our aliases. */
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature, type Client } from "@openfeature/server-sdk";
import { afterEach, describe, expect, test } from "vitest";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { putPolicy } from "@/server/control/put-policy";
import { startRollout } from "@/server/control/start-rollout";
import { abortRollout } from "@/server/control/abort-rollout";
import { PolicyName } from "@/server/domain/ids";
import { subjectBucket } from "@/server/domain/rollout/assignment";
import { ON_PRODUCTION, person, token as tokenActor } from "@/test/integration/control/fixtures";
import { startApi, type ApiServer } from "./api-server";

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearProviders();
});

async function clientOf(api: ApiServer, token = api.tokenFor({ scopes: ["gateway"] })): Promise<Client> {
  const provider = new OFREPProvider({ baseUrl: api.url, headers: [["authorization", `Bearer ${token}`]] });
  await OpenFeature.setProviderAndWait("switchback", provider);
  return OpenFeature.getClient("switchback");
}
