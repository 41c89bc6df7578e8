/** Every endpoint beside the procedures' own paths. */
import { aliasEndpoints } from "./alias-endpoints";
import { auditExportEndpoint } from "./audit-export-endpoint";
import type { Endpoint, EndpointDeps } from "./endpoint";
import { eventEndpoints } from "./event-endpoints";
import { gitWebhookEndpoint } from "./git-webhook-endpoint";
import { incidentRequestsEndpoint } from "./incident-requests-endpoint";
import { ofrepEndpoints } from "./ofrep-endpoints";
import { postmortemEndpoint } from "./postmortem-endpoint";

export function createEndpoints(deps: EndpointDeps): Endpoint[] {
  return [
    ...aliasEndpoints(deps),
    ...eventEndpoints(deps),
    ...ofrepEndpoints(deps),
    auditExportEndpoint(deps),
    gitWebhookEndpoint(deps),
    incidentRequestsEndpoint(deps),
    postmortemEndpoint(deps),
  ];
}
