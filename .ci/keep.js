// Runs inside an image, as `node -e`: starts the command that it is given (its arguments: JSON of the command, JSON of settings), and does what
// it is told on standard input, a line each: "stop" sends SIGTERM, "start" starts it again. What it prints has a line for each end. The
// container's files stay as they are in between, as they do when a machine is stopped and started.
const { spawn } = process.getBuiltinModule("node:child_process");
const { createInterface } = process.getBuiltinModule("node:readline");

const [command, settings] = process.argv.slice(1).map((text) => JSON.parse(text));
let child = start();

function start() {
  const started = spawn(command[0], command.slice(1), {
    env: { ...process.env, ...settings },
    stdio: ["ignore", 1, 2],
  });
  console.log(`started as ${process.getuid()} in ${process.cwd()}`);
  started.once("exit", (code, signal) => console.log(`ended with ${code ?? signal}`));
  return started;
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (line === "stop") child.kill("SIGTERM");
    if (line === "start") child = start();
  })
  .on("close", () => {
    child.kill("SIGKILL");
    process.exit(0);
  });
