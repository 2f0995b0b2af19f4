"use client";

import { useId } from "react";
import { Label } from "@/components/ui/label";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import type { EvidenceUrl } from "./evidence";
import { InputField, type InputFieldProps } from "./input-field";
import type { InputGroup } from "./input-groups";
import { type InputsFormState, NO_BRANCH } from "./use-inputs-form";

export interface AlternativeFieldsProps {
  group: InputGroup;
  form: InputsFormState;
  evidenceUrl?: EvidenceUrl | undefined;
  onGiveFile?: InputFieldProps["onGiveFile"];
}

/** Choice between sets of inputs of which one is given. Shows the fields of the chosen set. */
export function AlternativeFields({ group, form, evidenceUrl, onGiveFile }: AlternativeFieldsProps) {
  const id = useId();
  const chosen = form.branchOf(group);
  const options = group.branches.map(({ label }, index) => ({ label, index }));
  options.push({ label: group.required ? "None: this server does not need it" : "None of these", index: NO_BRANCH });
  return (
    <fieldset className="grid min-w-0 gap-4 rounded-lg border p-4">
      <legend className="-ml-1 px-1 font-medium text-sm">
        {group.what || "Choose one"}
        {group.required && (
          <span aria-hidden="true" className="ml-0.5 text-brand">
            *
          </span>
        )}
      </legend>
      <RadioGroup
        aria-label={group.what || "Choose one"}
        value={String(chosen)}
        onValueChange={(value) => {
          form.choose(group, Number(value));
          const [first] = group.branches[0]?.inputs ?? [];
          if (Number(value) === NO_BRANCH && group.required && first) form.waive(first.key);
        }}
      >
        {options.map(({ label, index }) => (
          <div key={index} className="flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-11">
            <RadioGroupItem id={`${id}-${index}`} value={String(index)} />
            <Label htmlFor={`${id}-${index}`} className="font-normal">
              {label}
            </Label>
          </div>
        ))}
      </RadioGroup>
      {group.branches[chosen]?.inputs.map((input) => (
        <InputField
          key={input.key}
          input={{ ...input, required: true }}
          form={form}
          evidenceUrl={evidenceUrl}
          isGrouped
          onGiveFile={onGiveFile}
        />
      ))}
    </fieldset>
  );
}
