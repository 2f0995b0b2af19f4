"use client";

import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { formatRegion, listRegionChoices } from "@/lib/runtime/fly/regions";
import { useRegions } from "./regions";

/** Stands for null, which a list of choices cannot have. */
const FROM_SETTINGS = "settings";

export interface RegionSelectProps {
  /** Null for the one of the settings. */
  value: string | null;
  onChange: (region: string | null) => void;
  /** The choice to go by the settings; without it there is none. */
  defaultLabel?: string;
}

/** Fly's regions by their names. Inside a Field. */
export function RegionSelect({ value, onChange, defaultLabel }: RegionSelectProps) {
  const offered = useRegions();
  return (
    <Select
      value={value ?? FROM_SETTINGS}
      onValueChange={(region) => region !== "" && onChange(region === FROM_SETTINGS ? null : region)}
    >
      <SelectTrigger>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {defaultLabel && <SelectItem value={FROM_SETTINGS}>{defaultLabel}</SelectItem>}
        {listRegionChoices(value, offered).map((code) => (
          <SelectItem key={code} value={code}>
            {formatRegion(code, offered)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
