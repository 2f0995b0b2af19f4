import { useId } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import type { CallStats, CallStatsRow } from "@/lib/deployments/view";
import { type CallChoice, EVERY_CALL, isChosen } from "./call-address";

export interface CallFilterProps {
  choice: CallChoice;
  onChoice: (choice: CallChoice) => void;
  /** Offers the tools, clients and people of the last week; null while it is loading. */
  stats: CallStats | null;
}

/** Chooses which calls are listed, exported and deleted. */
export function CallFilter({ choice, onChoice, stats }: CallFilterProps) {
  const id = useId();
  const set = (change: Partial<CallChoice>) => onChoice({ ...choice, ...change });
  const lists = [
    { name: "target", label: "Tool", every: "Every tool", rows: stats?.tools },
    { name: "client", label: "Client", every: "Every client", rows: stats?.clients },
    { name: "person", label: "Person", every: "Everyone", rows: stats?.people },
  ] as const;
  return (
    <fieldset className="grid min-w-0 grid-cols-2 gap-3 lg:grid-cols-6">
      <legend className="sr-only">Filter of the calls</legend>
      {lists.map(({ name, label, every, rows }) => (
        <Field key={name} label={label} htmlFor={`${id}-${name}`}>
          <NativeSelect
            id={`${id}-${name}`}
            value={choice[name]}
            onChange={({ currentTarget }) => set({ [name]: currentTarget.value })}
          >
            <option value="">{every}</option>
            {listNames(rows ?? [], choice[name]).map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </NativeSelect>
        </Field>
      ))}
      <Field label="Result" htmlFor={`${id}-outcome`}>
        <NativeSelect
          id={`${id}-outcome`}
          value={choice.outcome}
          onChange={({ currentTarget }) => set({ outcome: currentTarget.value as CallChoice["outcome"] })}
        >
          <option value="">Any</option>
          <option value="ok">OK</option>
          <option value="failed">Failed</option>
        </NativeSelect>
      </Field>
      <Field label="From" htmlFor={`${id}-from`}>
        <Input
          id={`${id}-from`}
          type="date"
          value={choice.from}
          onChange={({ currentTarget }) => set({ from: currentTarget.value })}
        />
      </Field>
      <Field label="Until" htmlFor={`${id}-until`}>
        <Input
          id={`${id}-until`}
          type="date"
          value={choice.until}
          onChange={({ currentTarget }) => set({ until: currentTarget.value })}
        />
      </Field>
      {isChosen(choice) && (
        <Button variant="ghost" size="sm" className="justify-self-start" onClick={() => onChoice(EVERY_CALL)}>
          Show every call
        </Button>
      )}
    </fieldset>
  );
}

function listNames(rows: readonly CallStatsRow[], chosen: string): string[] {
  const names = rows.flatMap(({ name }) => name ?? []);
  return chosen === "" || names.includes(chosen) ? names : [chosen, ...names];
}
