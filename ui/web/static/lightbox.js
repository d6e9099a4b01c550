// One action, large, with the others a key away.
import { dialog, h, platformName, playing, WORDS } from "./dom.js";
import { shown } from "./tile.js";

/** Open the large view. `actions` gives what there is to see, as it is by then. */
export function openLightbox(job, actions, name) {
  const place = h("div", { class: "view" });
  const text = h("p", { class: "quiet", role: "status" });
  const links = h("div", { class: "row" });
  const seen = () => actions().filter((each) => shown(each)[0]);
  const show = (wanted) => {
    name = wanted;
    const action = seen().find((each) => each.name === name);
    const [made, what] = shown(action);
    place.replaceChildren(playing(made, `${what} of ${action.title}`, { loading: null, controls: made.media_type === "video/mp4" }));
    text.textContent = `${action.title}: ${WORDS[action.status]}. ${action.next}`;
    const base = `/api/jobs/${job}/actions/${name}`;
    links.replaceChildren(...[action.start_frame && [`${base}/start-frame?download=1`, "Start frame"], action.clip && [`${base}/clip?download=1`, "Clip"],
      ...Object.keys(action.stickers).map((platform) => [`${base}/stickers/${platform}?download=1`, platformName(platform)])].filter(Boolean)
      .map(([href, label]) => h("a", { class: "button", href, download: "" }, `↓ ${label}`)));
  };
  const turn = (by) => {
    const names = seen().map((each) => each.name);
    show(names[(names.indexOf(name) + by + names.length) % names.length]);
  };
  const box = dialog("A closer look", h("div", { class: "stack" }, place, text, links), [
    h("button", { type: "button", "aria-label": "Previous action", onclick: () => turn(-1) }, "← Previous"),
    h("button", { type: "button", "aria-label": "Next action", onclick: () => turn(1) }, "Next →")], true);
  box.addEventListener("keydown", (event) => {
    if (event.target.matches("video")) return; // its own controls seek by the arrows
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
  });
  show(name);
}
