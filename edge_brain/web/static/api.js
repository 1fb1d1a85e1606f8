// Asks the API. Nothing of the page is touched here: what failed is thrown, in words for the person.

let csrf = document.querySelector('meta[name="csrf-token"]').content;

/** Ask the API; what failed is thrown in words for the person, with its `status`. `signal` can end it. */
export async function ask(path, { json, picture, query, method, signal } = {}) {
  const url = `/api${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
  const options = { method: method ?? (json || picture ? "POST" : "GET"), headers: { Accept: "application/json" }, signal };
  if (json) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  }
  if (picture) {
    options.headers["Content-Type"] = "application/octet-stream";
    options.body = picture;
  }
  try {
    const response = await sent(url, options);
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
    return answer;
  } catch (error) {
    throw error instanceof TypeError ? new Error("The device does not answer: nothing was done.") : error;
  }
}

/** Send a request; a change that is refused has done nothing, and is sent once more if the server is another by now. */
async function sent(url, options) {
  if (options.method === "GET") return fetch(url, options);
  const used = csrf;
  const send = () => fetch(url, { ...options, headers: { ...options.headers, "X-CSRF-Token": csrf } });
  const response = await send();
  if (response.status !== 403) return response;
  const session = await fetch("/api/session");
  if (!session.ok) return session; // it says why this page may come in no more
  csrf = (await session.json()).csrf_token;
  return csrf === used ? response : send();
}
