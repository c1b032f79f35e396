"""Browser windows that remember every complaint: script errors, refused content, failed requests."""

import re
from pathlib import Path

import axe_playwright_python

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

# The browser reports policy violations to the page only; this turns each into a console error we see.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
# axe itself, put in beside the page: the content policy stays in force.
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# A refused form answers 422 by design, and the browser notes the status.
_EXPECTED = re.compile(r"Failed to load resource: .* status of 422")


class Windows:
    """Opens windows; `complaints` must stay empty. Each step can be photographed into `folder`."""

    def __init__(self, browser, address, folder=None):
        self.browser, self.address, self.folder = browser, address, folder
        self.complaints = []
        self._contexts = []
        self._pictures = 0

    def open(self, size, *, axe=False, **options):
        """A fresh window that shares nothing with the others."""
        # Colours that fade from light to dark are neither while axe looks.
        options = {"reduced_motion": "reduce"} | options
        if size == PHONE:
            options = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2} | options
        context = self.browser.new_context(viewport=size, base_url=self.address, locale="en-US", **options)
        context.set_default_timeout(15_000)
        context.add_init_script(_TELL_VIOLATIONS + (_AXE if axe else ""))
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        self._contexts.append(context)
        return context.new_page()

    def _heard(self, message):
        if message.type in {"error", "warning"} and not _EXPECTED.search(message.text):
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def photograph(self, page, name):
        """What the person sees now; pytest keeps the folder of the last three runs."""
        if self.folder is not None:
            self._pictures += 1
            page.screenshot(path=self.folder / f"{self._pictures:02}-{name}.png", full_page=True)

    def close(self):
        """Leaves a picture of what each window showed last: after a failure that is where to look."""
        for context in self._contexts:
            for page in context.pages:
                self.photograph(page, "last")
            context.close()


def field(page, label):
    """The field with this label, whatever star or hint the label ends with."""
    return page.get_by_label(re.compile(rf"^\s*{label}\W*$"))


def sign_in(page, email, password):
    """By the sign-in page, as a person does."""
    page.goto("/accounts/login/")
    field(page, "E-?mail").fill(email)
    field(page, "Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


# Colours change over a frame or two; what is half-way is nobody's choice.
_LOOK = """async (rules) => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  const options = { preload: false, resultTypes: ["violations"] };
  if (rules.length) options.runOnly = rules;
  return (await axe.run(document, options)).violations;
}"""


def axe_finds(page, *rules):
    """What axe finds wrong, each with the places, short enough to read in a failure. Some rules only, when named."""
    return [
        f"{one['id']}: {one['help']} at " + "; ".join(" ".join(map(str, node["target"])) for node in one["nodes"][:4])
        for one in page.evaluate(_LOOK, list(rules))
    ]
