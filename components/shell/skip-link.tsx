/** Link past the top bar to the content, the first stop of the Tab key. */
export function SkipLink() {
  return (
    <a
      href="#content"
      className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-primary px-4 py-2.5 font-medium text-primary-foreground text-sm outline-none ring-ring ring-offset-2 ring-offset-background focus-visible:translate-y-0 focus-visible:ring-2"
    >
      Skip to content
    </a>
  );
}
