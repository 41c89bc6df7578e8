/** The filters of the deliveries, as the address bar holds them, for the server and the browser. */
import { createLoader, parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

export const deliveryParsers = {
  state: parseAsStringLiteral(["waiting", "delivered", "given_up"] as const),
  routeId: parseAsString,
  incidentId: parseAsString,
};

type DeliveryParams = inferParserType<typeof deliveryParsers>;

export const loadDeliveryParams = createLoader(deliveryParsers);

const PAGE_ROWS = 30;

/** The API's input: only the filters that are set. */
export function deliveriesInput({ state, routeId, incidentId }: DeliveryParams): Inputs["notifications"]["deliveries"] {
  return {
    limit: PAGE_ROWS,
    ...(state === null ? {} : { state }),
    ...(routeId === null ? {} : { routeId }),
    ...(incidentId === null ? {} : { incidentId }),
  };
}
