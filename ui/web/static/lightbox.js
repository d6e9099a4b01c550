// One action, large, with the others a key away.
import { dialog, h, platformName, playing, WORDS } from "./dom.js";
import { shown } from "./tile.js";
import { t, titleOf } from "./i18n.js";

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
    place.replaceChildren(playing(made, t("thing.of", { what, title: titleOf(action) }), { loading: null, controls: made.media_type === "video/mp4" }));
    text.textContent = `${t("archive.state", { title: titleOf(action), status: WORDS[action.status] })}. ${action.next}`;
    const base = `/api/jobs/${job}/actions/${name}`;
    links.replaceChildren(...[action.start_frame && [`${base}/start-frame?download=1`, t("thing.start_frame")], action.clip && [`${base}/clip?download=1`, t("thing.clip")],
      ...Object.keys(action.stickers).map((platform) => [`${base}/stickers/${platform}?download=1`, platformName(platform)])].filter(Boolean)
      .map(([href, label]) => h("a", { class: "button", href, download: "" }, `↓ ${label}`)));
  };
  const turn = (by) => {
    const names = seen().map((each) => each.name);
    show(names[(names.indexOf(name) + by + names.length) % names.length]);
  };
  const box = dialog(t("lightbox.title"), h("div", { class: "stack" }, place, text, links), [
    h("button", { type: "button", "aria-label": t("lightbox.previous_action"), onclick: () => turn(-1) }, t("lightbox.previous")),
    h("button", { type: "button", "aria-label": t("lightbox.next_action"), onclick: () => turn(1) }, t("lightbox.next"))], true);
  box.addEventListener("keydown", (event) => {
    if (event.target.matches("video")) return; // its own controls seek by the arrows
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
  });
  show(name);
}
