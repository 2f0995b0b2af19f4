"use client";

import { Select } from "@/components/ui/select";
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
      options={[
        ...(defaultLabel ? [{ value: FROM_SETTINGS, label: defaultLabel }] : []),
        ...listRegionChoices(value, offered).map((code) => ({ value: code, label: formatRegion(code, offered) })),
      ]}
    />
  );
}
