// Loaded into a process before its own program: when the process that made it is gone, even by a kill -9, so is this one.
process.once("disconnect", () => process.exit(1));
