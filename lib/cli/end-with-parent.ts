// Preloaded into a child process: exits with its parent, even after a kill -9.
process.once("disconnect", () => process.exit(1));
