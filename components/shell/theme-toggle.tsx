"use client";
/** Light, dark, or as the system says. */
import { Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { useSyncExternalStore, type ReactNode } from "react";
import { IconButton } from "@/components/ui/button";

const ORDER = ["system", "light", "dark"] as const;
const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

const neverChanges = (): (() => void) => () => undefined;

/** The chosen theme is known in the browser only; before that it counts as the system's. */
function useChosenTheme(): { theme: (typeof ORDER)[number]; setTheme: (theme: string) => void } {
  const { theme, setTheme } = useTheme();
  const isClient = useSyncExternalStore(
    neverChanges,
    () => true,
    () => false,
  );
  const chosen = ORDER.find((each) => each === theme) ?? "system";
  return { theme: isClient ? chosen : "system", setTheme };
}

export function ThemeToggle(): ReactNode {
  const { theme, setTheme } = useChosenTheme();
  const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "system";
  const Icon = ICONS[theme];
  return (
    <IconButton label={`Theme: ${theme}. Change to ${next}`} onClick={() => setTheme(next)}>
      <Icon size={15} aria-hidden="true" />
    </IconButton>
  );
}

/** The same choice with its words, for Settings. */
export function ThemeChoice(): ReactNode {
  const { theme, setTheme } = useChosenTheme();
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {ORDER.map((each) => (
        <label key={each} className="inline-flex min-h-8 items-center gap-2 rounded-md border border-control px-3">
          <input type="radio" name="theme" checked={theme === each} onChange={() => setTheme(each)} />
          {each}
        </label>
      ))}
    </fieldset>
  );
}
