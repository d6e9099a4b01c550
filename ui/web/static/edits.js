// The refinement of a frame, as the server stores it.

/** @typedef {{ x: number, y: number, positive: boolean }} Click */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ points: Point[], radius: number, mode: "erase" | "restore" }} Stroke */
/** @typedef {{ clicks: Click[], strokes: Stroke[], mask?: string, effects?: boolean }} Edits */
/** @typedef {Required<Edits> & { version: number }} SavedEdits */
/** @typedef {SavedEdits & { frame: string, by?: string }} RemoteEdits what the server tells of a save */

/** @type {Readonly<SavedEdits>} */
export const UNEDITED = Object.freeze({ clicks: [], strokes: [], mask: "", effects: true, version: 0 });

/**
 * Edits with their fields in one order, so that equal ones are equal texts. The name of a frame stays as it is.
 * @param {Edits | string} state
 */
export const normalised = (state) => (typeof state === "string" ? state : {
  clicks: state.clicks.map(({ x, y, positive }) => ({ x, y, positive })),
  strokes: state.strokes.map(({ points, radius, mode }) => ({ points: points.map(({ x, y }) => ({ x, y })), radius, mode })),
  mask: state.mask ?? "",
  effects: state.effects ?? true,
});

/**
 * @param {Edits | string} one
 * @param {Edits | string} other
 */
export const isEqual = (one, other) => JSON.stringify(normalised(one)) === JSON.stringify(normalised(other));
