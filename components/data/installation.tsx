"use client";
/** What pages know about the installation itself: the address that people open, and what it is a demo of. */
import { createContext, use, type ReactNode } from "react";

export interface Installation {
  /** Without a trailing slash. */
  publicUrl: string;
  /** The application whose story is played here; undefined outside the demo. */
  demoApplication: string | undefined;
}

const InstallationContext = createContext<Installation>({ publicUrl: "", demoApplication: undefined });

export function InstallationProvider(props: { installation: Installation; children: ReactNode }): ReactNode {
  return <InstallationContext value={props.installation}>{props.children}</InstallationContext>;
}

export function useInstallation(): Installation {
  return use(InstallationContext);
}
