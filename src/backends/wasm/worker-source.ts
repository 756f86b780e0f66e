import { SYNC } from "./emit/barrier.js";

/** Looks for the next run this often before a worker sleeps: some tens of microseconds, in which a training loop comes back. */
const LOOKS = 50_000;

/**
 * The program of a worker thread, as text, so that it needs no file of its own in any bundle. It sleeps until the command
 * word changes; then it runs its part of a program, or returns to its event loop, where a message waits. The order of
 * looking matters: the command word is read first, so that nothing that comes later is slept through.
 */
export const workerSource = `
const programs = new Map();
let sync, memory, thread, ran, received;
function work() {
  for (;;) {
    const command = Atomics.load(sync, ${SYNC.command / 4});
    if (Atomics.load(sync, ${SYNC.runs / 4}) !== ran) {
      ran = (ran + 1) | 0;
      programs.get(sync[${SYNC.program / 4}])(thread, sync[${SYNC.threads / 4}], sync[${SYNC.table / 4}]);
    } else if (Atomics.load(sync, ${SYNC.mail / 4}) !== received) return;
    else {
      let looks = 0;
      while (looks < ${LOOKS} && Atomics.load(sync, ${SYNC.command / 4}) === command) looks++;
      if (looks === ${LOOKS}) Atomics.wait(sync, ${SYNC.command / 4}, command);
    }
  }
}
function receive(message, reply) {
  if (message.memory) {
    memory = message.memory;
    sync = new Int32Array(memory.buffer, 0, ${SYNC.end / 4});
    thread = message.thread;
    ran = message.runs;
  }
  received = message.mail;
  if (message.module) {
    const instance = new WebAssembly.Instance(message.module, { env: { memory } });
    instance.exports.scratchBytes.value = message.scratchBytes;
    programs.set(message.program, instance.exports.run);
    reply({ program: message.program });
  } else programs.delete(message.program);
  work();
}
if (typeof require === "function") {
  const { parentPort } = require("node:worker_threads");
  parentPort.on("message", (message) => receive(message, (answer) => parentPort.postMessage(answer)));
} else {
  onmessage = (event) => receive(event.data, (answer) => postMessage(answer));
}
`;
