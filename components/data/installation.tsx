"use client";
/** What pages know about the installation itself: the address that people open, and whether it is the demo. */
import { createContext, use, type ReactNode } from "react";

export interface Installation {
  /** Without a trailing slash. */
  publicUrl: string;
  isDemo: boolean;
}

const InstallationContext = createContext<Installation>({ publicUrl: "", isDemo: false });

export function InstallationProvider(props: { installation: Installation; children: ReactNode }): ReactNode {
  return <InstallationContext value={props.installation}>{props.children}</InstallationContext>;
}

export function useInstallation(): Installation {
  return use(InstallationContext);
}
