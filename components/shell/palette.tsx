"use client";
/** The command palette: finds whatever an id, a commit or a time points at, and the page's commands by name. */
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { Dialog } from "@/components/ui/dialog";
import { useNow } from "@/components/ui/clock";
import { resolveText } from "./resolve-text";

export interface Command {
  title: string;
  /** Its shortcut, shown beside it. */
  keys?: string;
  run: () => void;
}

interface PaletteProps {
  application: string;
  commands: readonly Command[];
  onClose: () => void;
  onGo: (href: string) => void;
}

export function Palette({ application, commands, onClose, onGo }: PaletteProps): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const nowMs = useNow(60_000);
  const wanted = text.trim().toLowerCase();
  const places: Command[] = resolveText(text, { application, nowMs }).map(({ title, href }) => ({
    title,
    run: () => onGo(href),
  }));
  const matching = commands.filter((command) => command.title.toLowerCase().includes(wanted));
  // A word that names a command is rarely a request id: commands first then.
  const items = matching.length > 0 && !/\d/.test(wanted) ? [...matching, ...places] : [...places, ...matching];

  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  // Arrows move real focus between the field and the results, so that every reader hears where they are.
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const palette = event.currentTarget.closest("[data-palette]");
    const stops = [...(palette?.querySelectorAll<HTMLElement>("[data-stop]") ?? [])];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    stops[(at + step + stops.length) % stops.length]?.focus();
  };
  return (
    <Dialog open onClose={onClose} title="Search and commands" initialFocus={field}>
      <search data-palette="">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            run(items[0]);
          }}
        >
          <input
            ref={field}
            data-stop=""
            onKeyDown={onKeyDown}
            aria-label="Release, request, trace, rollout or incident id; commit; component; time; or a command"
            autoComplete="off"
            spellCheck={false}
            value={text}
            placeholder="Paste an id, a commit, a component or a time"
            onChange={(event) => setText(event.target.value)}
            className="h-11 w-full rounded-md border border-control bg-bg px-3"
          />
        </form>
        <Results items={items} marked={wanted !== ""} onRun={run} onKeyDown={onKeyDown} />
      </search>
      {items.length === 0 && <p className="px-3 py-2 text-muted">Nothing of that name. Paste a whole id or a time.</p>}
    </Dialog>
  );
}

interface ResultsProps {
  items: readonly Command[];
  /** The first one is what Enter runs. */
  marked: boolean;
  onRun: (item: Command) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

function Results({ items, marked, onRun, onKeyDown }: ResultsProps): ReactNode {
  return (
    <ul aria-label="Results" className="mt-2 flex flex-col">
      {items.map((item, position) => (
        <li key={item.title}>
          <button
            type="button"
            data-stop=""
            onKeyDown={onKeyDown}
            onClick={() => onRun(item)}
            className={classNames(
              "flex min-h-9 w-full items-center gap-3 rounded-md px-3 text-left hover:bg-surface focus-visible:bg-neutral-bg",
              position === 0 && marked && "bg-neutral-bg",
            )}
          >
            <span className="min-w-0 flex-1 break-words">{item.title}</span>
            {item.keys !== undefined && <kbd className="text-xs text-muted">{item.keys}</kbd>}
          </button>
        </li>
      ))}
    </ul>
  );
}
