/** Says to tests and screenshots which page has drawn what it shows. */
export function ready(page: string): void {
  document.documentElement.dataset.ready = page;
}
