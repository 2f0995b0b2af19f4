"use client";

import { ChevronDown } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useLazyComponent } from "@/components/hooks/use-lazy-component";
import { cn } from "@/lib/util/class-names";
import { useFieldControl } from "./field-control";
import { selectTriggerClasses } from "./input-classes";
import type { SelectProps } from "./select-types";

/**
 * Select of one option. Until the person opens it, it is a button of the same look: the list and its positioning are 25 KB that most
 * visits do not need.
 */
export function Select(props: SelectProps) {
  const { Loaded, preload, show } = useLazyComponent(() => import("./select-menu").then((menu) => menu.SelectMenu));
  const { value, options, placeholder, id, className, onBlur } = props;
  const control = useFieldControl({ id });
  if (Loaded) return <Loaded {...props} />;
  const chosen = options.find((option) => option.value === value);
  const openWithArrow = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    show();
  };
  return (
    <button
      type="button"
      role="combobox"
      aria-haspopup="listbox"
      aria-expanded={false}
      data-slot="select-trigger"
      data-placeholder={chosen ? undefined : ""}
      className={cn(selectTriggerClasses, className)}
      id={id}
      {...control}
      onPointerEnter={preload}
      onFocus={preload}
      onBlur={onBlur}
      onClick={show}
      onKeyDown={openWithArrow}
    >
      <span>{chosen?.label ?? placeholder}</span>
      <ChevronDown aria-hidden="true" className="size-4 shrink-0 text-muted-foreground" />
    </button>
  );
}
