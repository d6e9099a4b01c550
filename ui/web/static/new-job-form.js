// An order as a form: what the page of a new pack sends to be planned and to be ordered.
import { languagesOf } from "./words.js";

/** The fields of an order, as the server takes them. @param {any} state of the page */
export function orderForm(state) {
  const form = new FormData();
  const customs = state.customs.filter((each) => each.name.trim() && each.motion.trim());
  if (state.mode === "picture") {
    // Parts are marked on the picture as it is shown; so then that one is ordered.
    const isMade = Boolean(state.touched) && (!state.byClicks || Boolean(state.rig));
    form.append("picture_id", isMade ? state.touched : state.picture);
    form.append("clicks", JSON.stringify(state.byClicks && !isMade ? state.edits.clicks : []));
    form.append("background", isMade || state.background === "clicks" ? "auto" : state.background);
    form.append("whiten", String(state.whiten && !isMade));
    form.append("rig_id", state.rig ?? "");
  } else {
    form.append("describe", state.described);
    form.append("reference_id", state.reference);
  }
  form.append("actions", state.actions.join(","));
  form.append("custom", JSON.stringify(customs));
  form.append("platforms", state.platforms.join(","));
  form.append("language", languagesOf(state).join(","));
  form.append("captions", JSON.stringify(state.texts));
  form.append("caption_motion", state.captionMotion);
  for (const name of ["engine", "matte", "shadow", "review", "budget", "title", "batch"]) form.append(name, state[name]);
  return form;
}
