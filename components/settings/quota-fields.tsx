"use client";

import { useId } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { QuotaName, Quotas } from "@/lib/settings/quotas";
import { QUOTA_LABELS } from "./quota-labels";

const NAMES = ["deployments", "running", "analyses"] as const;

export interface QuotaFieldsProps {
  initial: Quotas;
  /** Shown in an empty field: what then applies. */
  placeholders: Record<QuotaName, string>;
  /** Sentences by field name, such as `quotas.running`. */
  errors: Record<string, string>;
}

/** Three numbers, each empty where nothing is set. `readQuotas` reads them from the form. */
export function QuotaFields({ initial, placeholders, errors }: QuotaFieldsProps) {
  const id = useId();
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      {NAMES.map((name) => (
        <Field
          key={name}
          label={QUOTA_LABELS[name]}
          htmlFor={`${id}-${name}`}
          error={errors[`quotas.${name}`] ?? errors[name]}
        >
          <Input
            name={name}
            inputMode="numeric"
            autoComplete="off"
            defaultValue={initial[name] ?? ""}
            placeholder={placeholders[name]}
          />
        </Field>
      ))}
    </div>
  );
}

/** Returns the quotas of a form with QuotaFields; null for an empty field, NaN for what is no number. */
export function readQuotas(form: FormData): Quotas {
  const read = (name: QuotaName) => {
    const text = String(form.get(name) ?? "").trim();
    return text === "" ? null : Number(text);
  };
  return { deployments: read("deployments"), running: read("running"), analyses: read("analyses") };
}
