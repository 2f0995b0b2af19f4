"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { OfferedRegion } from "@/lib/runtime/fly/regions";

const Regions = createContext<readonly OfferedRegion[] | null>(null);

export interface RegionsProviderProps {
  /** Null where Fly's list was not to be had: then the known regions are offered. */
  regions: readonly OfferedRegion[] | null;
  children: ReactNode;
}

/** Says which regions Fly offers to all choices of one within. */
export function RegionsProvider({ regions, children }: RegionsProviderProps) {
  return <Regions value={regions}>{children}</Regions>;
}

export function useRegions(): readonly OfferedRegion[] | null {
  return useContext(Regions);
}
