import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "./support.js";

/** What opens pages here: `open` on macOS; elsewhere xdg-open, which asks $BROWSER where there is no desktop. Windows has neither. */
describe.skipIf(process.platform === "win32")("gradus lab --open", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gradus-open-"));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** A browser that writes down what it is asked to show, in an environment without any other. */
  function browser(name: string, script: string): Readonly<Record<string, string>> {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    const desktop = [
      "DISPLAY",
      "WAYLAND_DISPLAY",
      "XDG_CURRENT_DESKTOP",
      "DESKTOP_SESSION",
      "KDE_FULL_SESSION",
    ];
    return {
      ...Object.fromEntries(desktop.map((name) => [name, ""])),
      BROWSER: path,
      PATH: `${folder}:${process.env.PATH}`,
    };
  }

  it("opens the address that it prints, and goes on serving", async () => {
    const seen = join(folder, "seen");
    const running = start(
      ["lab", "--port", "0", "--open"],
      browser("open", `printf '%s\\n' "$@" > '${seen}'`),
    );
    try {
      await running.waitFor("Data: ");
      await expect
        .poll(() => existsSync(seen) && readFileSync(seen, "utf8"), { timeout: 30_000 })
        .toBeTruthy();
      const address = readFileSync(seen, "utf8").trim();
      expect(address).toMatch(/^http:\/\/localhost:\d+$/);
      expect((await fetch(address)).status).toBe(200);
      running.process.kill("SIGINT");
      const { code, stdout, stderr } = await running.outcome;
      expect(stdout).toContain(`The lab is at ${address} `);
      expect([code, stderr]).toEqual([0, ""]);
    } finally {
      running.process.kill("SIGKILL");
    }
  });

  it("opens nothing where it is not asked to", async () => {
    const seen = join(folder, "unasked");
    const running = start(["lab", "--port", "0"], browser("open", `touch '${seen}'`));
    try {
      await running.waitFor("Data: ");
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      running.process.kill("SIGINT");
    }
    expect((await running.outcome).code).toBe(0);
    expect(existsSync(seen)).toBe(false);
  });
});
