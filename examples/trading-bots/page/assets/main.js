// A placeholder: the overview, as the API gives it.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const answer = await fetch("/api/overview", { headers: { authorization: `Bearer ${token}` } });
document.querySelector("#overview").textContent = JSON.stringify(await answer.json(), null, 2);
