// The part of morphdom's interface that morph.js uses.
interface Options {
  childrenOnly?: boolean;
  getNodeKey?: (node: Node) => string | undefined;
  onBeforeElUpdated?: (from: HTMLElement, to: HTMLElement) => boolean;
}
export default function morphdom(from: Node, to: Node, options?: Options): Node;
