// Shows why the log-in before this one failed.
import { t } from "./i18n.js";
const query = new URLSearchParams(location.search);
const message = document.getElementById("message");
if (query.has("wrong")) message.textContent = t("login.wrong");
if (query.has("wait")) message.textContent = t("login.wait", { seconds: Number(query.get("wait")) });
message.hidden = !message.textContent;
