import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { DataSet } from "../../data/data-index.js";
import { systemErrorCode } from "../data/idx-file.node.js";
import type { SourceOptions } from "../data/sources.node.js";
import { UserError } from "../errors.js";
import { systemReason } from "../run-folder.node.js";
import { labHandler } from "./handler.node.js";

/** Where the lab is, unless another program is there. */
export const defaultPort = 4738;

/** How many ports from the default one on are tried. */
const portsTried = 20;

/** What the lab's build makes, three levels up from both `src/cli/lab` and `dist/cli/lab`. */
export const labFolder = (): string => fileURLToPath(new URL("../../../lab/dist/", import.meta.url));

export interface LabServerOptions extends SourceOptions {
  /** Default: what the lab's build makes. */
  readonly folder?: string;
  /** Default: the first free one from `defaultPort` on. 0: any that is free. */
  readonly port?: number | undefined;
}

export interface LabServer {
  readonly port: number;
  readonly url: string;
  readonly sets: readonly DataSet[];
  /** Data sets that were found but cannot be used, a message each. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/**
 * Serves the lab on the loopback address, which no other machine reaches.
 *
 * @throws RunError if the lab is not built
 * @throws UserError if the port asked for cannot be had
 */
export async function startLabServer(options: LabServerOptions = {}): Promise<LabServer> {
  const { folder = labFolder(), port: asked } = options;
  const { handle, sets, problems } = await labHandler(folder, options);
  const server = createServer(handle);
  const last = asked ?? defaultPort + portsTried - 1;
  for (let port = asked ?? defaultPort; ; port++) {
    try {
      await listen(server, port);
      break;
    } catch (error) {
      if (port < last && systemErrorCode(error) === "EADDRINUSE") continue;
      throw new UserError(
        asked === undefined
          ? `none of the ports from ${defaultPort} to ${last} is free; --port names another`
          : `port ${asked} cannot be used: ${portReason(error)}; without --port a free one is taken`,
        { cause: error },
      );
    }
  }
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://localhost:${port}`, sets, problems, close: () => close(server) };
}

function portReason(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === "EADDRINUSE") return "another program is there";
  return code === "EACCES" ? "permission is denied" : systemReason(error);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
