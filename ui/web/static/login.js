// Says what went wrong with the log-in before this one.
if (new URLSearchParams(location.search).has("wrong")) {
  const told = document.getElementById("told");
  told.textContent = "That is not the token. It was printed where PopCon was started.";
  told.hidden = false;
}
