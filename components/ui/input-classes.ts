/** What every text control looks like. 16 px on touch, below which phones zoom in. */
export const controlClasses = [
  "w-full min-w-0 rounded-md border border-input bg-card text-base text-foreground shadow-xs outline-none md:text-sm",
  "transition-[border-color,box-shadow] duration-150 placeholder:text-muted-foreground/85",
  "focus-visible:border-ring focus-visible:ring-2 focus-visible:ring-ring/30",
  "disabled:cursor-not-allowed disabled:opacity-60",
  "aria-invalid:border-destructive aria-invalid:ring-destructive/25",
];

/** What a select looks like while it is closed. */
export const selectTriggerClasses = [
  ...controlClasses,
  "flex h-9 items-center justify-between gap-2 px-3 text-left data-placeholder:text-muted-foreground pointer-coarse:h-11 [&>span]:truncate",
];
