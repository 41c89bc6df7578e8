"use client";
/** Reader's choices that belong to this browser and to nothing else: zone, keys, density. Shared between its tabs. */
import { useSyncExternalStore } from "react";

export interface Preference<Value extends string> {
  /** The current value; the fallback while rendering on the server and until hydrated. */
  use: () => Value;
  get: () => Value;
  set: (value: Value) => void;
}

/** @param key storage key; a stored text that is not one of `values` counts as absent. */
export function createPreference<Value extends string>(
  key: string,
  values: readonly Value[],
  fallback: Value,
): Preference<Value> {
  const listeners = new Set<() => void>();
  const get = (): Value => {
    const stored = readStorage(key);
    return values.find((value) => value === stored) ?? fallback;
  };
  const subscribe = (listener: () => void): (() => void) => {
    const onStorage = (event: StorageEvent): void => {
      if (event.key === key || event.key === null) listener();
    };
    listeners.add(listener);
    globalThis.addEventListener("storage", onStorage);
    return () => {
      listeners.delete(listener);
      globalThis.removeEventListener("storage", onStorage);
    };
  };
  return {
    get,
    set: (value) => {
      writeStorage(key, value);
      for (const listener of listeners) listener();
    },
    use: () => useSyncExternalStore(subscribe, get, () => fallback),
  };
}

/** Something that this browser keeps between visits, as JSON. */
export interface Stored<Value> {
  /** Null when nothing is kept, or something that is no such value. */
  get: () => Value | null;
  set: (value: Value) => void;
}

/** @param key storage key; a stored text that `schema` refuses counts as absent. */
export function createStored<Value>(
  key: string,
  schema: { safeParse: (input: unknown) => Parsed<Value> },
): Stored<Value> {
  return {
    get: () => {
      const parsed = schema.safeParse(parseJson(readStorage(key)));
      return parsed.success ? parsed.data : null;
    },
    set: (value) => writeStorage(key, JSON.stringify(value)),
  };
}

type Parsed<Value> = { success: true; data: Value } | { success: false };

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null") as unknown;
  } catch {
    return null;
  }
}

// Storage throws where the browser blocks it; a preference then simply does not outlive the page.
const memory = new Map<string, string>();

function readStorage(key: string): string | null {
  try {
    return globalThis.localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

function writeStorage(key: string, value: string): void {
  try {
    globalThis.localStorage.setItem(key, value);
  } catch {
    memory.set(key, value);
  }
}
