/**
 * To be imported before anything that uses zod: zod tries whether it may make code of strings, which the page's server
 * forbids, and each try would be reported as an attack.
 */
import { config } from "zod/v4/core";

config({ jitless: true });
