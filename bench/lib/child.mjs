// A side in a process of its own: the parent's half of the protocol of serve.mjs.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How much of what a side writes to standard error is kept for messages. */
const KEPT = 2000;

export class Side {
  #child;
  #errors = "";
  #ended = "";
  /** @type {((reply: Record<string, any>) => void) | undefined} */
  #waiting;

  /**
   * @param {string} name
   * @param {string} command
   * @param {readonly string[]} args
   * @param {number} threads
   */
  constructor(name, command, args, threads) {
    this.name = name;
    const limits = { OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
    this.#child = spawn(command, args, {
      env: { ...process.env, ...limits },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-KEPT);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.#settle(JSON.parse(line));
    });
    this.#child.stdin.on("error", () => {});
    const end = (/** @type {string} */ how) => {
      this.#ended = how;
      this.#settle({ error: `${how}; ${this.#errors.trim()}` });
    };
    this.#child.on("error", (error) => end(error.message));
    this.#child.on("close", (code, signal) => end(`ended with ${signal ?? code}`));
  }

  /** @param {Record<string, any>} reply */
  #settle(reply) {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(reply);
  }

  /**
   * @param {Record<string, unknown>} request
   * @param {number} [limit] seconds until the side is given up
   * @returns {Promise<Record<string, any>>}
   */
  async ask(request, limit = 600) {
    if (this.#ended !== "") throw new Error(`${this.name}: ${this.#ended}`);
    const reply = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#child.kill("SIGKILL");
        resolve({ error: `no answer within ${limit} s` });
      }, limit * 1000);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (reply.error !== undefined) throw new Error(`${this.name}: ${reply.error}`);
    return reply;
  }

  /** Ends the process; anything it was doing is lost. */
  stop() {
    this.#child.kill("SIGKILL");
  }
}
