// Shows why the log-in before this one failed.
const query = new URLSearchParams(location.search);
const message = document.getElementById("message");
if (query.has("wrong")) message.textContent = "That is not the token. It was printed where PopCon was started.";
if (query.has("wait")) message.textContent = `Too many wrong tokens. Try again in ${Number(query.get("wait"))} s.`;
message.hidden = !message.textContent;
