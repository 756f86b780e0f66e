/** Whether elements are in sight, or nearly: what is not need not be drawn ten times a second. */
const listeners = new WeakMap<Element, (visible: boolean) => void>();
let observer: IntersectionObserver | undefined;

/** Tells `listener` whether the element can be seen, now and whenever that changes. @returns ends it */
function onVisibility(element: Element, listener: (visible: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting);
    },
    { rootMargin: "100px" },
  );
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    listeners.delete(element);
    observer?.unobserve(element);
  };
}

/** Whether a component's element is in sight; taken to be so until the browser has looked. To be made while the component is. */
export class Sight<Seen extends Element = Element> {
  /** For `bind:this`. */
  element = $state<Seen>();
  visible = $state(true);

  constructor() {
    $effect(() => {
      if (this.element === undefined) return;
      return onVisibility(this.element, (visible) => {
        this.visible = visible;
      });
    });
  }
}
