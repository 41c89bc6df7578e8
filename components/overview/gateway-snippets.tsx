"use client";
/** How the first request is sent, for the gateway that somebody has. */
import { useState, type ReactNode } from "react";
import { CommandLine } from "@/components/ui/states";
import { Tabs } from "@/components/ui/tabs";
import { GATEWAYS, gatewaySnippet, type Gateway, type SnippetTarget } from "@/server/domain/first-steps/snippets";

export function GatewaySnippets({ target }: { target: SnippetTarget }): ReactNode {
  const [gateway, setGateway] = useState<Gateway>("curl");
  return (
    <Tabs
      label="Your gateway"
      value={gateway}
      onChange={setGateway}
      tabs={GATEWAYS.map((value) => {
        const { title, install, code, note } = gatewaySnippet(value, target);
        return {
          value,
          title,
          content: (
            <div className="flex flex-col gap-2">
              {install !== null && <CommandLine command={install} label="installation" />}
              <CommandLine command={code} label={`snippet for ${title}`} />
              <p className="text-muted">{note}</p>
            </div>
          ),
        };
      })}
    />
  );
}
