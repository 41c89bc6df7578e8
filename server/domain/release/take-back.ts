/** The component map of a partial rollback. */
import type { ComponentMap } from "./component-map";

/** `from` with the component `kind` as in `to`: put back, added again, or left out. */
export function takeBack({ from, to, kind }: { from: ComponentMap; to: ComponentMap; kind: string }): ComponentMap {
  const kept = Object.entries(from).filter(([key]) => key !== kind);
  const old = Object.hasOwn(to, kind) ? to[kind] : undefined;
  return Object.fromEntries([...kept, ...(old === undefined ? [] : [[kind, old] as const])]);
}
