/** Alerts of others. */
import { createRouter, procedure } from "@/server/api/trpc";
import {
  receiveAlertmanager,
  ReceiveAlertmanagerInput,
  ReceiveAlertmanagerOutput,
} from "@/server/control/receive-alertmanager";

export const alertsRouter = createRouter({
  alertmanager: procedure({
    access: { role: "on_call", scopes: ["ingest"] },
    rest: {
      method: "POST",
      path: "/api/v1/alerts/alertmanager",
      summary: "Alertmanager's webhook: alerts become incidents",
    },
    input: ReceiveAlertmanagerInput,
    output: ReceiveAlertmanagerOutput,
  }).mutation(({ ctx, input }) => ctx.write(receiveAlertmanager, input)),
});
