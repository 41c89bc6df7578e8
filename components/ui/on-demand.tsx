"use client";
/** Parts of pages that most visits never show: their script is loaded when they are first drawn. */
import { lazy, Suspense, useSyncExternalStore, type ComponentType, type ReactNode } from "react";

/**
 * The component that `load` brings, with nothing in its place until it is there.
 *
 * @param isForBrowser it reads what only a browser knows and is left out of the server's answer.
 */
export function onDemand<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { isForBrowser = false }: { isForBrowser?: boolean } = {},
): ComponentType<Props> {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function OnDemand(props: Props): ReactNode {
    const isInBrowser = useSyncExternalStore(subscribe, inBrowser, onServer);
    return <Suspense fallback={null}>{(isInBrowser || !isForBrowser) && <Loaded {...props} />}</Suspense>;
  };
}

const subscribe = () => () => undefined;
const inBrowser = () => true;
const onServer = () => false;
