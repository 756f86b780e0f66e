import type { Examination } from "./examination.js";
import type { Finding, Rule, TrainingCourse } from "./finding.js";
import { finiteRules } from "./rules/finite.js";
import { lossRules } from "./rules/loss.js";
import { signalRules } from "./rules/signals.js";
import { symmetryRules } from "./rules/symmetry.js";
import { unitRules } from "./rules/units.js";
import { updateRules } from "./rules/updates.js";

/** Causes before what follows from them: units that are all the same are dead together, large steps kill them. */
const rules: readonly Rule[] = [symmetryRules, updateRules, signalRules, unitRules, lossRules];

const order = { bad: 0, watch: 1, good: 2 };

/**
 * What the figures of an examination mean, the worst first and, among equals, causes before what follows from them. A pure
 * function: it can run in another place, and later, than what measured. Without a `course` nothing is said of the loss. Where
 * something is not finite all other figures follow from that, and nothing else is said of them.
 *
 * Thresholds are rules of thumb, each in the file of its rule with its source. What is `"watch"` may be on purpose.
 */
export function diagnose(examination: Examination, course: TrainingCourse = {}): readonly Finding[] {
  const broken = finiteRules(examination);
  const applied = broken.length > 0 ? [lossRules] : rules;
  const found = [...broken, ...applied.flatMap((rule) => rule(examination, course))];
  // Steps that are small for another reason are not to be made larger.
  const ill = found.some(({ severity }) => severity === "bad");
  return found
    .filter(({ what }) => !(ill && what === "update too small"))
    .sort((a, b) => order[a.severity] - order[b.severity]);
}
