"use client";
/** The shortcuts that every page has. */
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { useLive } from "@/components/data/live";
import { zonePreference } from "@/components/ui/clock";
import { copyText } from "@/components/ui/copy-button";
import type { placesOf } from "./nav";
import { permalink } from "./permalink";
import { chooseRow, isFromList, moveRowFocus, neighbourOf } from "./row-focus";
import type { Shortcut } from "./shortcuts";

interface ShellActions {
  places: ReturnType<typeof placesOf>;
  onKeys: () => void;
  onSearch: () => void;
  onRollback: () => void;
  onIncident: () => void;
}

export function useShellShortcuts(actions: ShellActions): Shortcut[] {
  const router = useRouter();
  const { frozen, setFrozen } = useLive();
  const { places } = actions;
  const openNeighbour = (direction: 1 | -1): void => {
    const path = neighbourOf(globalThis.location.pathname, direction);
    if (path !== undefined) router.push(path);
  };
  const backToList = (): void => {
    const { pathname } = globalThis.location;
    // Only from an item that was opened from a list: elsewhere there is nothing to go back to.
    if (isFromList(pathname)) router.push(pathname.slice(0, pathname.lastIndexOf("/")));
  };
  return useMemo(
    () => [
      ...places.map((place) => ({
        keys: `g ${place.goKey}`,
        title: `Go to ${place.title}`,
        run: () => router.push(place.href),
      })),
      { keys: "/", title: "Search", run: actions.onSearch },
      { keys: "j", title: "Next row", run: () => moveRowFocus(1) },
      { keys: "k", title: "Previous row", run: () => moveRowFocus(-1) },
      { keys: "x", title: "Choose the row", run: chooseRow },
      { keys: "Escape", title: "Back to the list", run: backToList },
      { keys: "[", title: "Previous item of the list", run: () => openNeighbour(-1) },
      { keys: "]", title: "Next item of the list", run: () => openNeighbour(1) },
      {
        keys: "t",
        title: "Times in UTC or local",
        run: () => zonePreference.set(zonePreference.get() === "utc" ? "local" : "utc"),
      },
      { keys: ".", title: frozen ? "Let the page go on" : "Freeze the page", run: () => setFrozen(!frozen) },
      { keys: "y", title: "Copy a link to this page", run: () => void copyText(permalink()) },
      { keys: "Shift+R", title: "Open the rollback panel", run: actions.onRollback },
      { keys: "Shift+I", title: "Open an incident", run: actions.onIncident },
      { keys: "?", title: "Show the keys", run: actions.onKeys },
    ],
    // The actions only set state; listing them would rebuild the list on every render.
    // oxlint-disable-next-line react/exhaustive-deps
    [places, router, frozen, setFrozen],
  );
}
