"use client";

import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { formatRegion, listRegionChoices } from "@/lib/runtime/fly/regions";
import { useRegions } from "./regions";

/** Value of the item for the default region. Radix does not allow null. */
const FROM_SETTINGS = "settings";

export interface RegionSelectProps {
  /** Null for the default region. */
  value: string | null;
  onChange: (region: string | null) => void;
  /** Label of the item for the default region. When absent, there is no such item. */
  defaultLabel?: string;
}

/** Select of Fly's regions. Render it inside a Field. */
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
