/** A thread of the hyper-parameter search: one whole training after the other, each on this thread alone. */
import { train, useDevice } from "gradus";
import { runTrial } from "./trial.js";

useDevice({ threads: 1 });
train.serveTasks(runTrial);
