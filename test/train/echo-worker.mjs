// A worker for the tests of the pool: the protocol of `serveTasks`, without a build of the sources.
import { parentPort, threadId } from "node:worker_threads";

parentPort?.on("message", async (task) => {
  if (task.exit) process.exit(3);
  if (task.wait) await new Promise((resolve) => setTimeout(resolve, task.wait));
  parentPort?.postMessage(task.fail ? { error: task.fail } : { answer: { value: task.value, threadId } });
});
