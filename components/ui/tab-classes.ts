// The look of a row of tabs, whether they switch a part of the page (tabs.tsx) or are links to pages of one subject.

/** The row scrolls sideways on a narrow screen, and fades where more tabs follow. */
export const tabListClasses =
  "fade-x flex h-10 w-full min-w-0 items-stretch gap-5 overflow-x-auto border-b [scrollbar-width:none] pointer-coarse:h-12";

export const tabClasses = [
  "inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 px-0.5 pt-0.5 font-medium text-muted-foreground text-sm outline-none transition-colors hover:text-foreground",
  "focus-visible:rounded-sm focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset [&_svg]:size-4",
  "aria-selected:border-brand aria-selected:text-foreground aria-[current=page]:border-brand aria-[current=page]:text-foreground",
  // Forced colors would show the transparent line below every tab.
  "forced-colors:border-[Canvas] forced-colors:aria-selected:border-[Highlight] forced-colors:aria-[current=page]:border-[Highlight]",
];
