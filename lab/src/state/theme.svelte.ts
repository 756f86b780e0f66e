/** Light, dark, or as the system is; remembered between visits. */
type Choice = "auto" | "light" | "dark";

const key = "gradus-theme";

function stored(): Choice {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto";
  }
}

class Theme {
  #choice = $state<Choice>(stored());
  #system = $state(matchMedia("(prefers-color-scheme: dark)").matches);

  constructor() {
    this.#show();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
      this.#system = event.matches;
    });
  }

  get choice(): Choice {
    return this.#choice;
  }

  set choice(value: Choice) {
    this.#choice = value;
    this.#show();
    try {
      localStorage.setItem(key, value);
    } catch {
      // A browser that stores nothing still shows what was chosen.
    }
  }

  /** For pictures, which style sheets do not reach. */
  get dark(): boolean {
    return this.#choice === "dark" || (this.#choice === "auto" && this.#system);
  }

  #show(): void {
    const { dataset } = document.documentElement;
    if (this.#choice === "auto") delete dataset.theme;
    else dataset.theme = this.#choice;
  }
}

export const theme = new Theme();
