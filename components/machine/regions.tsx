"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { OfferedRegion } from "@/lib/runtime/fly/regions";

const Regions = createContext<readonly OfferedRegion[] | null>(null);

export interface RegionsProviderProps {
  /** Regions from Fly's API, or null when it could not be reached. The built-in list is offered then. */
  regions: readonly OfferedRegion[] | null;
  children: ReactNode;
}

/** Provides the regions that Fly offers to every region select inside. */
export function RegionsProvider({ regions, children }: RegionsProviderProps) {
  return <Regions value={regions}>{children}</Regions>;
}

export function useRegions(): readonly OfferedRegion[] | null {
  return useContext(Regions);
}
