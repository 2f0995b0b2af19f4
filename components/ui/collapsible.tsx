"use client";

import { ChevronRight } from "lucide-react";
import { type ComponentProps, createContext, useContext, useId, useState } from "react";
import { cn } from "@/lib/util/class-names";

interface CollapsibleState {
  isOpen: boolean;
  toggle: () => void;
  contentId: string;
}

const CollapsibleContext = createContext<CollapsibleState | null>(null);

function useCollapsible(): CollapsibleState {
  const state = useContext(CollapsibleContext);
  if (!state) throw new Error("This part of a Collapsible must be inside one.");
  return state;
}

export interface CollapsibleProps extends ComponentProps<"div"> {
  /** Together with `onOpenChange`: the state is the caller's. Without them it begins closed. */
  open?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

/** A line that opens and closes what is below it. Unlike `<details>`, it renders its content only while that is open. */
export function Collapsible({ open, onOpenChange, ...props }: CollapsibleProps) {
  const [isOpenInside, setIsOpenInside] = useState(false);
  const contentId = useId();
  const isOpen = open ?? isOpenInside;
  const toggle = () => {
    setIsOpenInside(!isOpen);
    onOpenChange?.(!isOpen);
  };
  return (
    <CollapsibleContext value={{ isOpen, toggle, contentId }}>
      <div data-slot="collapsible" {...props} />
    </CollapsibleContext>
  );
}

/** The line that opens and closes; brings its own chevron. */
export function CollapsibleTrigger({ className, children, ...props }: Omit<ComponentProps<"button">, "type">) {
  const { isOpen, toggle, contentId } = useCollapsible();
  return (
    <button
      type="button"
      data-slot="collapsible-trigger"
      aria-expanded={isOpen}
      aria-controls={isOpen ? contentId : undefined}
      onClick={toggle}
      className={cn(
        "group inline-flex min-h-8 items-center gap-1.5 rounded-md font-medium text-sm outline-none hover:text-foreground focus-visible:ring-2 focus-visible:ring-ring pointer-coarse:min-h-11",
        className,
      )}
      {...props}
    >
      <ChevronRight
        aria-hidden="true"
        className="size-4 shrink-0 text-muted-foreground transition-transform group-aria-expanded:rotate-90"
      />
      {children}
    </button>
  );
}

export function CollapsibleContent(props: Omit<ComponentProps<"div">, "id">) {
  const { isOpen, contentId } = useCollapsible();
  return isOpen ? <div data-slot="collapsible-content" id={contentId} {...props} /> : null;
}
