"use client";

import { useId } from "react";
import { Field } from "@/components/ui/field";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { MachineSize } from "@/lib/runtime/runtime";
import { RegionSelect } from "./region-select";

const MEMORY_SIZES = [
  { memoryMb: 256, label: "256 MB, for very small servers" },
  { memoryMb: 512, label: "512 MB, right for most" },
  { memoryMb: 1_024, label: "1 GB" },
  { memoryMb: 2_048, label: "2 GB" },
] as const;

/** "512 MB", "1 GB". */
export function formatMemory(memoryMb: number): string {
  return memoryMb % 1_024 === 0 ? `${memoryMb / 1_024} GB` : `${memoryMb} MB`;
}

export interface MachineFieldsProps {
  value: MachineSize;
  onChange: (value: MachineSize) => void;
  /** "Frankfurt (fra)": where machines go for which no region is chosen. */
  defaultRegion: string;
  /** A sentence for each bad field, by its name. */
  problems?: Record<string, string>;
}

/** What a person chooses for a machine: where it is, how large, and whether it may sleep. */
export function MachineFields({ value, onChange, defaultRegion, problems = {} }: MachineFieldsProps) {
  const id = useId();
  return (
    <div className="grid min-w-0 gap-5">
      <div className="grid min-w-0 gap-5 sm:grid-cols-2">
        <Field
          label="Region"
          htmlFor={`${id}-region`}
          error={problems.region}
          help="Best near the services it calls. Files that a server writes to its machine stay behind when that changes."
        >
          <RegionSelect
            value={value.region}
            onChange={(region) => onChange({ ...value, region })}
            defaultLabel={`As in Settings: ${defaultRegion}`}
          />
        </Field>
        <Field
          label="Memory"
          htmlFor={`${id}-memory`}
          error={problems.memoryMb}
          help="Choose more if it runs out of memory."
        >
          <Select
            value={String(value.memoryMb)}
            onValueChange={(text) => text !== "" && onChange({ ...value, memoryMb: Number(text) })}
          >
            <SelectTrigger>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {MEMORY_SIZES.map(({ memoryMb, label }) => (
                <SelectItem key={memoryMb} value={String(memoryMb)}>
                  {label}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
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
          Off, it sleeps while nobody calls and wakes with the next call: a moment’s wait, and nothing else, for
          clients.
        </p>
      </div>
    </div>
  );
}
