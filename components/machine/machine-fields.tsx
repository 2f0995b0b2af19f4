"use client";

import { useId } from "react";
import { Field } from "@/components/ui/field";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { MachineSize } from "@/lib/runtime/runtime";
import { RegionSelect } from "./region-select";

const MEMORY_SIZES = [
  { memoryMb: 256, label: "256 MB, for very small servers" },
  { memoryMb: 512, label: "512 MB, right for most" },
  { memoryMb: 1_024, label: "1 GB" },
  { memoryMb: 2_048, label: "2 GB" },
] as const;

export interface MachineFieldsProps {
  value: MachineSize;
  onChange: (value: MachineSize) => void;
  /** Label of the default region, such as "Frankfurt (fra)". */
  defaultRegion: string;
  /** One sentence for each invalid field, by its name. */
  problems?: Record<string, string>;
}

/** Fields for a machine's region, memory and sleep setting. */
export function MachineFields({ value, onChange, defaultRegion, problems = {} }: MachineFieldsProps) {
  const id = useId();
  return (
    <div className="grid min-w-0 gap-5">
      <div className="grid min-w-0 gap-5 sm:grid-cols-2">
        <Field
          label="Region"
          htmlFor={`${id}-region`}
          error={problems.region}
          help="Choose one near the services that it calls. Changing it later deletes files that the server wrote to its machine."
        >
          <RegionSelect
            value={value.region}
            onChange={(region) => onChange({ ...value, region })}
            defaultLabel={`Default: ${defaultRegion}`}
          />
        </Field>
        <Field
          label="Memory"
          htmlFor={`${id}-memory`}
          error={problems.memoryMb}
          help="Choose more if the server runs out of memory."
        >
          <Select
            value={String(value.memoryMb)}
            onValueChange={(text) => text !== "" && onChange({ ...value, memoryMb: Number(text) })}
            options={MEMORY_SIZES.map(({ memoryMb, label }) => ({ value: String(memoryMb), label }))}
          />
        </Field>
      </div>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-3 gap-y-1">
        <Switch
          id={`${id}-always`}
          aria-describedby={`${id}-always-help`}
          className="mt-0.5"
          checked={value.alwaysOn}
          onCheckedChange={(alwaysOn) => onChange({ ...value, alwaysOn })}
        />
        <Label htmlFor={`${id}-always`}>Always on</Label>
        <p id={`${id}-always-help`} className="col-start-2 text-[0.8125rem] text-muted-foreground leading-5">
          When off, the machine sleeps while idle and wakes with the next call. That call takes a moment longer.
        </p>
      </div>
    </div>
  );
}
