import { parseArgs } from "node:util";
import { onParentGone } from "../../lib/cli/parent.ts";
import { CONTROL_COMMANDS } from "./control.ts";
import { STAND_INS } from "./rules.ts";
import { startFlySimulator } from "./simulator.ts";

// `npm run fly-simulator` plays Fly on this host, to try the Fly runtime without an account.

const usage = `npm run fly-simulator -- [--port N] [--public-port N] [--speed N]

Plays Fly on loopback: the Machines API, the public addresses of apps, and a registry with one image of mcp-host. Started
machines really run mcp-host, as processes of this host. Prints the settings that make Catwalk use it; stops at Ctrl-C with all that
it started.

  --port N         of the API and the registry; without it a free one
  --public-port N  of the apps' public addresses; without it a free one
  --speed N        how much faster than on Fly time passes; 1 without it. Rates and timeouts stay as they are.

GET  /_simulator          apps, machines, requests, and what was not as Fly's document has it
POST /_simulator/COMMAND  with a JSON body: ${CONTROL_COMMANDS.join(", ")}

  {"app":"…","machine":"…"}    crash, oom, lose-snapshot, destroy-machine; change-machine takes "config" too
  {"region":"iad","full":true}  region-full
  {"match":{"method":"POST","path":"/apps/{app_name}/machines"},"times":1,"answer":408,"done":true}  inject;
                               answer: a status, "cut-before", "cut-after" or "delay" with "delayMs"

What stands for what:

${Object.entries(STAND_INS)
  .map(([what, line]) => `- ${what}: ${line}`)
  .join("\n")}`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "public-port": { type: "string", default: "0" },
    speed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const speed = Number(values.speed);
if (values.help || !(speed > 0)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const simulator = await startFlySimulator({
  port: Number(values.port),
  publicPort: Number(values["public-port"]),
  timeScale: 1 / speed,
});
console.log("Fly is played here. To use it:\n");
for (const [name, value] of Object.entries(simulator.env)) console.log(`export ${name}='${value}'`);
console.log(`\nState and faults: ${simulator.url}/_simulator (npm run fly-simulator -- --help)`);

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void simulator.stop().then(() => process.exit(0));
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
onParentGone(stop);
