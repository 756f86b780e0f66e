import { expect, it } from "vitest";
import embedding from "../../examples/embedding.js";
import { runExample } from "./support.js";

interface Row {
  name: string;
  whole: number;
  pca: number;
  umap: number;
  explained: number;
}

it("a hidden layer parts the classes better than pixels, UMAP better than PCA", async () => {
  const { values, measured, files, read } = await runExample(embedding);
  const [raw, hidden] = values.embeddings as unknown as [Row, Row];
  for (const key of ["whole", "pca", "umap"] as const) expect(hidden[key]).toBeGreaterThan(raw[key] + 0.03);
  for (const row of [raw, hidden]) {
    expect(row.umap).toBeGreaterThan(row.pca + 0.1);
    expect(row.explained).toBeGreaterThan(0.1);
    expect(row.explained).toBeLessThan(0.9);
  }
  expect(files).toEqual(
    expect.arrayContaining([
      "hidden-layer-pca.svg",
      "hidden-layer-umap.svg",
      "pixels-pca.svg",
      "pixels-umap.svg",
    ]),
  );
  expect(read("hidden-layer-umap.svg").length).toBeGreaterThan(10_000);
  expect(measured).toContain("UMAP keeps");
});
