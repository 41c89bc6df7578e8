"use client";
/** What belongs to the reader: who they are, how pages look, whether single keys work. */
import type { ReactNode } from "react";
import { useMe } from "@/components/data/use-me";
import { ThemeChoice } from "@/components/shell/theme-toggle";
import { shortcutsPreference } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { zonePreference } from "@/components/ui/clock";
import { ROLE_WORDS } from "@/components/vocabulary/states";

export function SettingsScreen(): ReactNode {
  const me = useMe();
  const zone = zonePreference.use();
  const keys = shortcutsPreference.use();
  return (
    <div className="flex flex-col gap-4">
      <div>
        <h1 className="text-xl font-semibold">Settings</h1>
        <p className="text-md">
          Times are written in {zone === "utc" ? "UTC" : "local time"}, and single keys are {keys}; all of it is kept in
          this browser.
        </p>
      </div>
      <Card title="You">
        <Facts
          items={[
            { label: "Name", value: me?.name ?? "…" },
            {
              label: "Role",
              value: me === undefined ? "…" : me.role === null ? "none: a token with scopes" : ROLE_WORDS[me.role],
            },
          ]}
        />
      </Card>
      <Card title="Appearance">
        <div className="flex flex-col gap-4">
          <ThemeChoice />
          <div className="flex flex-wrap items-center gap-3">
            <Button onClick={() => zonePreference.set(zone === "utc" ? "local" : "utc")}>
              {zone === "utc" ? "Write times in local time" : "Write times in UTC"}
            </Button>
          </div>
          <div className="flex flex-wrap items-center gap-3">
            <Button onClick={() => shortcutsPreference.set(keys === "on" ? "off" : "on")}>
              {keys === "on" ? "Turn single keys off" : "Turn single keys on"}
            </Button>
          </div>
        </div>
      </Card>
    </div>
  );
}
