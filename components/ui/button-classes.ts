// Of what every button looks like. The error page takes it from here without the function that chooses among variants.

export const buttonClasses = [
  "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md font-medium",
  "outline-none transition-[background-color,color,border-color,opacity] duration-150",
  "focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-2 focus-visible:ring-offset-background",
  "disabled:pointer-events-none disabled:opacity-50 aria-disabled:pointer-events-none aria-disabled:opacity-50",
  "forced-colors:border [&_svg]:pointer-events-none [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
].join(" ");

export const defaultVariantClasses = "bg-primary text-primary-foreground hover:bg-primary/88";
export const defaultSizeClasses = "h-9 gap-2 px-4 text-sm pointer-coarse:h-11";
