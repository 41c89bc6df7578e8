"use client";
/** All shortcuts of the page, and the switch that turns them off. */
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { pageKeys } from "./page-keys";
import { shortcutsPreference, type Shortcut } from "./shortcuts";

export function ShortcutSheet(props: { shortcuts: readonly Shortcut[]; onClose: () => void }): ReactNode {
  const preference = shortcutsPreference.use();
  // The page behind stays as it is while the sheet is open.
  const [ofPage] = useState(pageKeys);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Keys"
      description="They never fire while you type, and none of them changes production by itself."
      footer={
        <Button onClick={() => shortcutsPreference.set(preference === "on" ? "off" : "on")}>
          {preference === "on" ? "Turn single keys off" : "Turn single keys on"}
        </Button>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
        {[...props.shortcuts, ...ofPage].map((shortcut) => (
          <div key={shortcut.keys} className="contents">
            <dt>
              {shortcut.keys.split(" ").map((key, index) => (
                <kbd key={index} className="mr-1 rounded-sm border border-hairline bg-surface px-1.5 py-0.5 text-xs">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{shortcut.title}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
