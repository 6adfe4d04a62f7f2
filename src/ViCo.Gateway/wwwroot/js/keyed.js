/**
 * Brings the children of `parent` into line with `items`. What stays keeps its element, and with it focus, scroll and what is typed.
 * @param make Makes an item's element; its `show(item)`, where it has one, is called with every newer state.
 */
export function keyed(parent, items, key, make) {
  const there = new Map([...parent.children].map(element => [element.dataset.key, element]));
  const wanted = new Set(items.map(item => `${key(item)}`));
  for (const [name, element] of there) if (!wanted.has(name)) element.remove();
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = `${key(item)}`;
    let element = there.get(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    element.show?.(item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
}
