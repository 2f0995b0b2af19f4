import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { controlClasses } from "./input-classes";

/** The browser's own select, for forms that work without JavaScript. */
export function NativeSelect({ className, ...props }: ComponentProps<"select">) {
  return (
    <span className="relative flex min-w-0">
      <select
        data-slot="native-select"
        className={cn(controlClasses, "h-9 appearance-none py-1 pr-9 pl-3 pointer-coarse:h-11", className)}
        {...props}
      />
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted-foreground"
      />
    </span>
  );
}
