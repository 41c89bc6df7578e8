/** Push webhooks of GitHub and GitLab: who sent one is told by its signature over the raw bytes, not by a token. */
import { SIGNED } from "@/server/api/access";
import { sendJson } from "@/server/api/rest/answer";
import { readBytes } from "@/server/api/rest/body";
import { receivePush, WebhookAnswer } from "@/server/integrations/git/webhook";
import type { Endpoint, EndpointDeps } from "./endpoint";

/** GitHub sends nothing larger, bytes. */
const BODY_LIMIT_BYTES = 25 * 1024 * 1024;

export function gitWebhookEndpoint(deps: EndpointDeps): Endpoint {
  return {
    method: "POST",
    path: "/api/v1/applications/{application}/git/webhook",
    access: SIGNED,
    summary: "A push webhook of GitHub or GitLab: hurries the next look at the repository",
    answers: [
      { status: 202, description: "The branch is looked at now", mediaType: "application/json", schema: WebhookAnswer },
      { status: 200, description: "Signed, and nothing to do", mediaType: "application/json", schema: WebhookAnswer },
    ],
    serve: async ({ request, response, params }) => {
      const answer = await receivePush(deps, {
        application: params["application"] ?? "",
        headers: request.headers,
        readBody: () => readBytes(request, BODY_LIMIT_BYTES),
        nowMs: deps.clock(),
      });
      sendJson(response, { status: answer.accepted ? 202 : 200, body: JSON.stringify(answer) });
    },
  };
}
