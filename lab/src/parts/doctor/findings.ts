/** The doctor's findings in words. */
import type { inspect } from "gradus";
import type { Checkup } from "../../worker/lenses/examination.js";

export type Severity = inspect.Finding["severity"];

/** Told apart by sign and word, too, not by colour alone. */
export const signs: Readonly<Record<Severity, { readonly sign: string; readonly word: string }>> = {
  bad: { sign: "\u2715", word: "bad" },
  watch: { sign: "!", word: "to watch" },
  good: { sign: "\u2713", word: "good" },
};

/** Findings that differ in the layer only. */
export interface Group {
  readonly severity: Severity;
  readonly what: inspect.FindingName;
  readonly findings: readonly inspect.Finding[];
}

/** In the order of their first ones: the worst first. */
export function grouped(findings: readonly inspect.Finding[]): Group[] {
  const groups = new Map<string, inspect.Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.what}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map((members) => {
    const { severity, what } = members[0]!;
    return { severity, what, findings: members };
  });
}

export interface Verdict {
  readonly severity: Severity;
  readonly text: string;
}

/** All findings in one sentence. */
export function verdictOf({ findings, step }: Checkup): Verdict {
  const groups = grouped(findings);
  const names = (severity: Severity) =>
    groups.filter((group) => group.severity === severity).map(({ what }) => what);
  const [bad, watch] = [names("bad"), names("watch")];
  const things = (count: number) => `${count} ${count === 1 ? "thing" : "things"}`;
  const when =
    step === 0
      ? "before the first step"
      : `after ${step.toLocaleString("en")} ${step === 1 ? "step" : "steps"}`;
  if (bad.length > 0) {
    const others = watch.length === 0 ? "" : `, and ${things(watch.length)} to watch`;
    const cause = bad.length === 1 ? "" : " The likeliest cause comes first.";
    return { severity: "bad", text: `Something is wrong ${when}: ${bad.join(", ")}${others}.${cause}` };
  }
  if (watch.length > 0) {
    return {
      severity: "watch",
      text: `Nothing is wrong ${when}, but there ${watch.length === 1 ? "is" : "are"} ${things(watch.length)} to watch: ${watch.join(", ")}.`,
    };
  }
  return { severity: "good", text: `Healthy ${when}: nothing to do.` };
}

const karpathy = "Karpathy, CS231n, Neural networks part";
const depth = "Glorot and Bengio 2010, section 4.2";
const curves = `${karpathy} 3; Goodfellow et al., Deep learning, section 11.4`;
const updates = `${karpathy} 3: ratio of weights to updates`;

/** Where the rules come from. */
export const sources: Readonly<Record<inspect.FindingName, string>> = {
  "not finite":
    "Numbers that are not finite spread to all that is computed from them, so the first place counts",
  "identical units": `Goodfellow et al., Deep learning, section 8.4; ${karpathy} 2: all zero initialization`,
  "update too large": updates,
  "update too small": updates,
  "update size": updates,
  "fading signal": `${depth}; He et al. 2015, section 2.2`,
  "exploding signal": `${depth}; He et al. 2015, section 2.2`,
  "signal size": `${depth}; He et al. 2015, section 2.2`,
  "vanishing gradient": `${depth}; Pascanu et al. 2013, section 2`,
  "exploding gradient": `${depth}; Pascanu et al. 2013, section 2`,
  "gradient size": `${depth}; Pascanu et al. 2013, section 2`,
  "dead units": `${karpathy} 1: commonly used activation functions`,
  "saturated units": "Glorot and Bengio 2010, section 3",
  "correlated units": "Cogswell et al. 2016, section 3",
  diverging: curves,
  guessing: curves,
  "not falling": curves,
  falling: curves,
  overfitting: curves,
  generalizing: curves,
};
